import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { gitFiles } from '../build/git.js';
import { sourceLines } from './sources.js';

/** @param {string[]} parts */
const digest = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');

/**
 * Identity of the source: the same in two clones in two folders. Ignored files do not count, except .env files:
 * Next reads them at build.
 *
 * @param {import('../build/app.js').App} app
 * @param {import('./sources.js').SourceFiles} files
 * @param {Record<string, {before: string|null, after: string}>} generated
 * @param {boolean} publicCounts whether NEXT_PUBLIC_ variables become part of the build
 * @returns {{fingerprint: string, seed: string, names: string[]}}
 *   seed: hash over the same contents, never published (stable-keys.js); names: the files that counted
 */
export function fingerprintSource(app, files, generated, publicCounts = true) {
  const listed = gitFiles(app.root);
  const lines = sourceLines(files, generated, (name) => !listed || listed.has(name) || /^\.env(\.|$)/.test(basename(name)));
  const lead = [relative(app.root, app.appDir).split(sep).join('/'), app.nextVersion, ...(publicCounts ? publicEnvironment() : [])];
  return {
    fingerprint: `sha256:${digest('source', ...lead, ...lines)}`,
    seed: digest('seed', ...lead, ...lines),
    names: lines.map((line) => line.slice(line.indexOf(' ') + 1)),
  };
}

/**
 * Everything that decides whether a finished dist may be kept: any file change, options, versions, packages installed.
 *
 * @param {import('../build/app.js').App} app
 * @param {import('./sources.js').SourceFiles} files
 * @param {Record<string, {before: string|null, after: string}>} generated
 * @param {string[]} settings
 * @param {boolean} publicCounts
 */
export function cacheKey(app, files, generated, settings, publicCounts = true) {
  return digest('dist', app.nextVersion, ...settings, ...installState(app), ...(publicCounts ? publicEnvironment() : []), ...sourceLines(files, generated));
}

/** NEXT_PUBLIC_ values end up in the bundle. Only their hash leaves this function. */
function publicEnvironment() {
  return Object.keys(process.env)
    .filter((name) => name.startsWith('NEXT_PUBLIC_'))
    .sort()
    .map((name) => `${name}=${digest(process.env[name] ?? '')}`);
}

/** Package managers touch one of these at every install. @param {import('../build/app.js').App} app */
function installState(app) {
  return [...new Set([app.appDir, app.root])].flatMap((dir) =>
    ['.package-lock.json', '.modules.yaml', '.yarn-state.yml', '.yarn-integrity', '.bun-tag'].map((name) => {
      const info = statSync(join(dir, 'node_modules', name), { throwIfNoEntry: false });
      return info ? `${name} ${info.size} ${info.mtimeMs}` : '';
    }),
  );
}
