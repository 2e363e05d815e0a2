import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * Everything that the server may touch at run time, as paths below one root.
 *
 * @typedef {object} Tree
 * @property {string} root absolute
 * @property {string} app the app's folder below root: '' or '/apps/web'
 * @property {string} dist the build output below root: '/.next' or '/apps/web/.next'
 * @property {string} next the app's own next package below root
 * @property {number} nextMajor
 * @property {Map<string, string>} files path below root -> absolute real file
 * @property {Record<string, string>} links symbolic link below root -> its target below root
 */

/**
 * Next traces its own server and every page with @vercel/nft and leaves the lists beside them (*.nft.json). Together
 * with the output itself they are the tree; nothing is copied, so a tree that a server has already written into
 * (its ISR pages would answer STALE) can never be the source.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @returns {Tree}
 */
export function traceTree(build) {
  const root = realpathSync(build.root);
  /** @type {Tree} */
  const tree = {
    root,
    app: below(root, realpathSync(build.appDir)),
    dist: below(root, realpathSync(build.distDir)),
    next: below(root, realpathSync(build.nextDir)),
    nextMajor: Number.parseInt(build.nextVersion, 10),
    files: new Map(),
    links: {},
  };
  const linkOf = linkReader(root, tree.links);
  /** Pages share most of what they are traced to. @type {Set<string>} */
  const seen = new Set();
  /** @param {string} file */
  const add = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    if (!file.startsWith(root + sep) || isLeftOut(tree, below(root, file)) || !existsSync(file)) return;
    linkOf(file);
    const real = realpathSync.native(file); // the other one asks for every folder of every path
    if (real.startsWith(root + sep) && statSync(real).isFile()) tree.files.set(below(root, real), real);
  };
  for (const file of outputFiles(build.distDir)) {
    if (!file.endsWith('.nft.json')) add(file);
    else for (const traced of JSON.parse(readFileSync(file, 'utf8')).files) add(resolve(dirname(file), traced));
  }
  for (const file of configFiles(build.appDir)) add(file);
  return tree;
}

/**
 * What libraries look for in the working directory when they run (next-i18next.config.js): no trace can see it.
 * next.config is never evaluated at run time.
 * @param {string} appDir
 */
const configFiles = (appDir) => readdirSync(appDir).filter((name) => /\.config\.[cm]?js$/.test(name) && !name.startsWith('next.config.')).map((name) => join(appDir, name));

/** @param {string} distDir files of the output: its own manifests and all of server/ */
function* outputFiles(distDir) {
  for (const entry of readdirSync(distDir, { withFileTypes: true })) {
    if (entry.isFile() && /\.json$|^BUILD_ID$|^required-server-files\.js$/.test(entry.name)) yield join(distDir, entry.name);
  }
  for (const entry of readdirSync(join(distDir, 'server'), { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
  }
}

/**
 * Static files are served elsewhere; .env files hold secrets (and real env must win); types and maps are never read.
 * @param {Tree} tree @param {string} path
 */
export function isLeftOut(tree, path) {
  if (/\/\.env(\.[^/]*)?$/.test(path) || /\.(map|d\.[cm]?ts|nft\.json)$/.test(path)) return true;
  return [`${tree.app}/public/`, `${tree.dist}/static/`, `${tree.dist}/cache/`, `${tree.dist}/standalone/`].some((dir) => path.startsWith(dir));
}

/** Records every symbolic link on the way to a file: pnpm's, workspaces', Turbopack's hashed externals.
 * @param {string} root @param {Record<string, string>} links */
function linkReader(root, links) {
  const seen = new Set();
  /** @param {string} file */
  return function walk(file) {
    for (let at = file; at.length > root.length && !seen.has(at); at = dirname(at)) {
      seen.add(at);
      if (!lstatSync(at).isSymbolicLink()) continue;
      const target = realpathSync(at);
      if (target.startsWith(root + sep)) links[below(root, at)] = below(root, target);
    }
  };
}

/** @param {string} root @param {string} file @returns {string} '' for the root itself, else with a leading slash */
export function below(root, file) {
  const path = relative(root, file).split(sep).join('/');
  return path === '' ? '' : `/${path}`;
}
