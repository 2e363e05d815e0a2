import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BuilderError } from '../errors.js';

/**
 * Reads a finished build. Rules (redirects, rewrites, headers, regexes) come from Next's manifests in every version:
 * the adapter's routing has lost the original destinations. Outputs come from the adapter where it reports them.
 *
 * @param {import('../build/app.js').App} app
 * @param {Record<string, any>|null} reported what the adapter wrote
 * @param {{sourceFingerprint: string, gitSha: string|null}} origin
 * @returns {import('./next-build.js').NextBuild}
 */
export function collectBuild(app, reported, origin) {
  const distDir = reported?.distDir ?? findDistDir(app.appDir);
  const config = readConfig(distDir);
  const outputMode = config.output === 'export' ? 'export' : 'server';
  const buildIdFile = join(distDir, 'BUILD_ID');
  return {
    appDir: app.appDir,
    root: tracingRoot(app, config),
    distDir,
    nextDir: app.nextDir,
    nextVersion: app.nextVersion,
    buildId: existsSync(buildIdFile) ? readFileSync(buildIdFile, 'utf8').trim() : (reported?.buildId ?? ''),
    config,
    outputMode,
    adapter: app.stableAdapter ? /** @type {any} */ (reported) : null,
    ...origin,
  };
}

/**
 * Without an adapter's word: the folder with required-server-files.json that names this app.
 * @param {string} appDir
 */
function findDistDir(appDir) {
  const candidates = ['.next', ...readdirSync(appDir, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'node_modules').map((entry) => entry.name)];
  const found = candidates.find((name) => existsSync(join(appDir, name, 'required-server-files.json')));
  if (!found) {
    throw new BuilderError({ what: 'the build script ended well but left no Next.js build', where: `${appDir}, scripts.build`, next: 'the script must run "next build"; a distDir outside of the app folder is not supported' });
  }
  return join(appDir, found);
}

/** @param {string} distDir @returns {Record<string, any>} */
function readConfig(distDir) {
  const { config } = JSON.parse(readFileSync(join(distDir, 'required-server-files.json'), 'utf8'));
  // Our own adapter's path is the builder's business: at run time it is a foreign absolute path, and Next
  // answers unknown paths of `dynamicParams = false` in another way when it is set.
  const { adapterPath: _own, ...rest } = config;
  if (rest.experimental) {
    const { adapterPath: _older, ...experimental } = rest.experimental;
    rest.experimental = experimental;
  }
  return rest;
}

/**
 * @param {import('../build/app.js').App} app
 * @param {Record<string, any>} config
 */
function tracingRoot(app, config) {
  const configured = config.outputFileTracingRoot ? resolve(app.appDir, config.outputFileTracingRoot) : app.root;
  const outer = relative(configured, app.root);
  return outer.startsWith('..') ? app.root : configured;
}

/**
 * @param {string} distDir @param {string} name
 * @returns {any} parsed manifest, null if this version or mode of Next writes none
 */
export function readManifest(distDir, name) {
  const file = join(distDir, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}
