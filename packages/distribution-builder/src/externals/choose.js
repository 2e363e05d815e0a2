import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BuilderError } from '../errors.js';
import { chooseAddons } from '../natives/addons.js';
import { packageFolder, packageManifest } from '../natives/packages.js';
import { programs } from '../natives/programs.js';
import { below } from '../trace/tree.js';
import { dependencyClosure } from './closure.js';
import { readLock } from './lock-files.js';

/**
 * @typedef {object} External
 * @property {string} name
 * @property {string} version exact
 * @property {string} reason for people
 * @property {string} folder below the root
 */

/**
 * Chooses the packages that stay outside of the executable and takes them, with their platform packages, out of the
 * tree: named ones, those with add-ons for `--natives external`, and those that start a program of theirs.
 *
 * @param {import('../trace/tree.js').Tree} tree
 * @param {{arch: 'x64'|'arm64', natives: 'embed'|'external', externals: string[]}} options
 * @returns {{packages: External[], folders: Record<string, string>}} folders: all that is outside, below the root -> name
 */
export function takeOutExternals(tree, { arch, natives, externals }) {
  /** @type {Map<string, string>} folder -> reason */
  const chosen = new Map();
  for (const name of externals) chosen.set(namedFolder(tree, name), 'asked for by --external');
  /** @type {Record<string, string>} */
  const folders = {};
  for (const folder of chosen.keys()) {
    for (const one of [folder, ...dependencyClosure(join(tree.root, folder), arch).platform.map(({ dir }) => below(tree.root, dir))]) takeOut(tree, folders, one);
  }
  for (const path of programs(tree, arch)) {
    const folder = packageFolder(path);
    if (folder && !chosen.has(folder)) chosen.set(folder, `holds the program ${path.slice(folder.length + 1)}, which can only be started from a file`);
  }
  if (natives === 'external') {
    const addons = chooseAddons(tree, arch);
    for (const path of [...Object.keys(addons.addons), ...Object.keys(addons.libraries)]) {
      const folder = packageFolder(path);
      if (folder && !chosen.has(folder)) chosen.set(folder, `holds ${path.endsWith('.node') ? 'a native add-on' : 'a shared library'} (--natives external)`);
    }
  }
  if (chosen.size === 0) return { packages: [], folders };
  const lock = readLock(foldersOutwards(join(tree.root, tree.app), tree.root));
  /** @type {Map<string, External>} */
  const packages = new Map();
  for (const [folder, reason] of [...chosen].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))) {
    const manifest = packageManifest(tree, folder);
    // Of two versions one can be installed beside the executable: the one nearest to the app. The other stays inside.
    if (packages.has(manifest.name)) continue;
    takeOut(tree, folders, folder);
    packages.set(manifest.name, { name: manifest.name, version: lockedVersion(manifest, lock), reason, folder });
  }
  return { packages: [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), folders };
}

/** @param {import('../trace/tree.js').Tree} tree @param {Record<string, string>} folders @param {string} folder */
function takeOut(tree, folders, folder) {
  folders[folder] = packageManifest(tree, folder).name;
  for (const path of tree.files.keys()) if (packageFolder(path) === folder) tree.files.delete(path);
}

/**
 * The folder of a package as the app itself would find it, else the first one that was traced.
 * @param {import('../trace/tree.js').Tree} tree @param {string} name
 */
function namedFolder(tree, name) {
  const traced = [...new Set([...tree.files.keys()].map(packageFolder))].filter((folder) => folder?.endsWith(`/node_modules/${name}`)).sort();
  const own = foldersOutwards(join(tree.root, tree.app), tree.root).map((folder) => join(folder, 'node_modules', name)).find((folder) => existsSync(folder));
  const nearest = own && below(tree.root, realpathSync(own));
  const found = traced.find((folder) => folder === nearest) ?? traced[0];
  if (name === 'next' || name === 'react' || name === 'react-dom') {
    throw new BuilderError({ what: `${name} cannot stay outside: it is what the executable runs`, where: `--external ${name}`, next: 'leave the option out' });
  }
  if (!found) {
    throw new BuilderError({
      what: `the server loads no package "${name}"`,
      where: `--external ${name}`,
      next: nearest ? `Next bundles it into the pages: name it in serverExternalPackages of next.config` : 'look at its name; only packages that the app depends on can be named',
    });
  }
  return found;
}

/** @param {string} from @param {string} root */
function foldersOutwards(from, root) {
  const folders = [];
  for (let dir = from; ; dir = dirname(dir)) {
    folders.push(dir);
    if (dir === root || dir === dirname(dir)) return folders;
  }
}

/**
 * The lock file's word; without one, or where it does not name the package, what is installed.
 * @param {Record<string, any>} manifest of the installed package @param {import('./lock-files.js').Lock|null} lock
 * @returns {string}
 */
export function lockedVersion(manifest, lock) {
  const locked = lock?.versions.get(manifest.name);
  if (!lock || !locked || locked.has(manifest.version)) return manifest.version;
  throw new BuilderError({
    what: `${manifest.name} ${manifest.version} is installed, the lock file says ${[...locked].join(' or ')}`,
    where: lock.file,
    next: 'install what the lock file says (npm ci, pnpm install --frozen-lockfile, yarn install --immutable, bun install --frozen-lockfile)',
  });
}
