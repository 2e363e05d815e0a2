import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BuilderError } from '../errors.js';

/** Supported minors of Next: every 16.x, and the last of 15. */
const SUPPORTED = '15.5.x and 16.0 up to below 17';

/** First Next whose adapter reports its outputs in the stable shape; older ones are read from their manifests. */
const STABLE_ADAPTER = [16, 2];

const LOCK_FILES = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'];

/**
 * @typedef {object} App
 * @property {string} appDir real path
 * @property {string} root outermost folder whose files belong to the app: workspace root or appDir
 * @property {Record<string, any>} manifest package.json
 * @property {string} nextDir
 * @property {string} nextVersion
 * @property {boolean} stableAdapter
 * @property {boolean} adapterMeansMinimal Next 16.0 and 16.1 compile pages for a platform's proxy when an adapter is set:
 *   partially prerendered pages would end with their shell, under a status of 200
 */

/**
 * Finds out what stands in a folder, before anything is run.
 * @param {string} folder
 * @param {string} [script] the one that builds it
 * @returns {App}
 */
export function inspectApp(folder, script = 'build') {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) {
    throw new BuilderError({ what: 'not a Next.js app: there is no package.json', where: folder, next: 'give the folder of the app itself' });
  }
  const appDir = realpathSync(folder);
  const manifest = readManifest(file);
  if (!dependsOnNext(manifest)) {
    throw new BuilderError({ what: 'not a Next.js app: package.json does not depend on "next"', where: file, next: 'give the folder of the app itself; in a workspace that is not the root' });
  }
  if (!manifest.scripts?.[script]) {
    throw new BuilderError({ what: `package.json has no ${script} script`, where: `${file}, scripts.${script}`, next: `add "${script}": "next build", or name yours with --build-script` });
  }
  const nextDir = findNext(appDir, file);
  const nextVersion = readManifest(join(nextDir, 'package.json')).version;
  const [major, minor] = nextVersion.split('.').map(Number);
  if (!(major === 16 || (major === 15 && minor === 5))) {
    throw new BuilderError({ what: `Next ${nextVersion} is not supported`, where: file, next: `supported are ${SUPPORTED}: npm install next@16` });
  }
  const stableAdapter = major > STABLE_ADAPTER[0] || (major === STABLE_ADAPTER[0] && minor >= STABLE_ADAPTER[1]);
  return {
    appDir,
    root: findRoot(appDir),
    manifest,
    nextDir,
    nextVersion,
    stableAdapter,
    adapterMeansMinimal: major === 16 && !stableAdapter,
  };
}

/** @param {string} file @returns {Record<string, any>} */
function readManifest(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new BuilderError({ what: `package.json is not JSON: ${/** @type {Error} */ (cause).message}`, where: file, next: 'correct the file', cause });
  }
}

/** @param {Record<string, any>} manifest */
const dependsOnNext = (manifest) => ['dependencies', 'devDependencies', 'peerDependencies'].some((kind) => manifest[kind]?.next);

/** @param {string} appDir @param {string} file */
function findNext(appDir, file) {
  try {
    return realpathSync(dirname(createRequire(join(appDir, 'package.json')).resolve('next/package.json')));
  } catch (cause) {
    throw new BuilderError({ what: 'the app\'s dependencies are not installed: "next" cannot be resolved', where: file, next: 'run npm ci (pnpm install, yarn install, bun install) first', cause });
  }
}

/**
 * The outermost workspace that holds the app, else the nearest folder with a lock file, else the app.
 * A lock file alone further out does not count: home folders often hold a stray one.
 * @param {string} appDir
 */
export function findRoot(appDir) {
  let workspace = null;
  let locked = null;
  for (let dir = appDir; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'pnpm-workspace.yaml')) || declaresWorkspaces(dir)) workspace = dir;
    if (!locked && LOCK_FILES.some((name) => existsSync(join(dir, name)))) locked = dir;
    if (existsSync(join(dir, '.git')) || dir === dirname(dir)) break;
  }
  return workspace ?? locked ?? appDir;
}

/** @param {string} dir */
function declaresWorkspaces(dir) {
  const file = join(dir, 'package.json');
  return existsSync(file) && Boolean(readManifest(file).workspaces);
}
