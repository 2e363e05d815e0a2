import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { download } from '../support/download.js';

/** Where cases are built, kept so that a failing one can be looked at and its packages need no second download. */
export const WORK = process.env.NEXTCORE_MATRIX ?? join(process.env.NEXTCORE_CACHE ?? join(homedir(), '.cache', 'nextcore'), 'matrix');

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

/** Packages of the package managers, in exact versions. npm is the one that comes with node. */
const MANAGERS = { pnpm: 'pnpm@12.21.0', yarn: '@yarnpkg/cli-dist@4.18.1', bun: 'bun@1.4.5' };

/** How each installs; the lock file it writes stays with the packages. */
const INSTALL = {
  npm: ['install', '--no-audit', '--no-fund', '--loglevel=error'],
  pnpm: ['install', '--no-frozen-lockfile', '--reporter=silent'],
  yarn: ['install', '--no-immutable'],
  bun: ['install', '--silent'],
};

/**
 * One app to build and compare.
 * @typedef {object} Case
 * @property {string} name
 * @property {string} fixture folder below test/fixtures
 * @property {string} [next] version in place of the fixture's own
 * @property {'npm'|'pnpm'|'yarn'|'bun'} [manager]
 * @property {string} [app] the app's folder below the fixture; the fixture itself by default
 * @property {string} [build] build script in place of the fixture's own
 * @property {Record<string, string>} [rename] files that have another name in this case
 * @property {Record<string, string>} [edit] file -> "old => new"
 * @property {Record<string, string>} [env] of the build and of all servers
 */

/** @param {Case} one */
export const folderOf = (one) => join(WORK, 'apps', one.name.replaceAll(/[^\w.]+/g, '-'));

/**
 * Copies a fixture and installs its packages.
 * @param {Case} one
 * @returns {{root: string, appDir: string, path: string}} the case's folder, the app's, and a PATH with its package manager
 */
export function prepare(one) {
  const root = folderOf(one);
  const appDir = join(root, one.app ?? '');
  if (existsSync(root)) sweep(root);
  cpSync(join(FIXTURES, one.fixture), root, { recursive: true, filter: (path) => !/^(node_modules|\.next|out|table.*\.json)$/.test(basename(path)) });
  for (const [from, to] of Object.entries(one.rename ?? {})) renameSync(join(appDir, from), join(appDir, to));
  for (const [file, change] of Object.entries(one.edit ?? {})) replaceIn(join(appDir, file), change);
  const manifestFile = join(appDir, 'package.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  if (one.next) for (const name of Object.keys(manifest.dependencies)) if (name === 'next' || name.startsWith('@next/')) manifest.dependencies[name] = one.next;
  if (one.build) manifest.scripts.build = one.build;
  const manager = one.manager ?? 'npm';
  if (manager === 'yarn') manifest.resolutions = ownPlatformOnly(manifest.dependencies.next);
  writeFileSync(manifestFile, JSON.stringify(manifest, null, 2));
  const path = manager === 'npm' ? (process.env.PATH ?? '') : [managerFolder(manager), process.env.PATH].join(delimiter);
  if (manager === 'yarn') writeFileSync(join(root, '.yarnrc.yml'), 'nodeLinker: node-modules\nenableTelemetry: false\n');
  install(root, manager, path);
  return { root, appDir, path };
}

/**
 * yarn resolves the packages of every platform, and a mirror of a registry may hold those of one.
 * @param {string} next version @returns {Record<string, string>}
 */
function ownPlatformOnly(next) {
  const { optionalDependencies } = JSON.parse(execFileSync('npm', ['view', `next@${next}`, '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const builds = Object.keys(optionalDependencies).filter((name) => name.startsWith('@next/swc-'));
  const own = builds.find((name) => name === `@next/swc-linux-${process.arch}-gnu`);
  return Object.fromEntries(builds.filter((name) => name !== own).map((name) => [name, `npm:${own}@${next}`]));
}

const KEPT = /^(node_modules|\.installed|\.yarn|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock)$/;

/** Installed packages stay where they are. @param {string} folder @returns {boolean} whether anything stays */
function sweep(folder) {
  let stays = false;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (KEPT.test(entry.name) || (entry.isDirectory() && entry.name !== '.next' && sweep(path))) stays = true;
    else rmSync(path, { recursive: true, force: true });
  }
  return stays;
}

/** @param {string} file @param {string} change */
function replaceIn(file, change) {
  const [from, to] = change.split(' => ');
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
  writeFileSync(file, text.replace(from, to));
}

/** @param {string} root @param {'npm'|'pnpm'|'yarn'|'bun'} manager @param {string} path */
function install(root, manager, path) {
  const wanted = createHash('sha256').update(manager + manifests(root).join('\n')).digest('hex');
  const mark = join(root, '.installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  rmSync(mark, { force: true });
  // yarn alone does not read npm's settings.
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  download(manager, INSTALL[manager], { cwd: root, env: { ...process.env, PATH: path, CI: '1', YARN_NPM_REGISTRY_SERVER: registry } });
  writeFileSync(mark, wanted);
}

/** Every package.json and settings file that decides what is installed. @param {string} root @returns {string[]} */
function manifests(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(package\.json|\.yarnrc\.yml|pnpm-workspace\.yaml|\.npmrc|bunfig\.toml)$/.test(entry.name) && !/\/(node_modules|\.next)(\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => readFileSync(file, 'utf8'));
}

/** @param {'pnpm'|'yarn'|'bun'} manager @returns {string} folder with its command */
function managerFolder(manager) {
  const folder = join(WORK, 'managers', MANAGERS[manager].replaceAll(/[@/]/g, '-'));
  const bin = join(folder, 'node_modules', '.bin');
  if (!existsSync(join(bin, manager))) {
    mkdirSync(folder, { recursive: true });
    download('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', MANAGERS[manager]], { cwd: folder });
  }
  return bin;
}
