import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{name: string, version: string, license: string|null}} Package */

/**
 * The npm packages that files of a tree belong to, each version once, sorted.
 * @param {Iterable<string>} files absolute @returns {Package[]}
 */
export function packagesOf(files) {
  /** @type {Map<string, Package|null>} by folder */
  const folders = new Map();
  /** @type {Map<string, Package>} */
  const found = new Map();
  for (const file of files) {
    if (!file.includes('/node_modules/')) continue;
    const owner = ownerOf(dirname(file), folders);
    if (owner) found.set(`${owner.name}@${owner.version}`, owner);
  }
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** @param {string} folder @param {Map<string, Package|null>} folders @returns {Package|null} */
function ownerOf(folder, folders) {
  const known = folders.get(folder);
  if (known !== undefined) return known;
  const own = readPackage(join(folder, 'package.json'));
  const owner = own ?? (folder.endsWith('/node_modules') || dirname(folder) === folder ? null : ownerOf(dirname(folder), folders));
  folders.set(folder, owner);
  return owner;
}

/** A package.json without a version only marks the module type of a subfolder. @param {string} file @returns {Package|null} */
function readPackage(file) {
  if (!existsSync(file)) return null;
  const { name, version, license } = JSON.parse(readFileSync(file, 'utf8'));
  if (!name || !version) return null;
  return { name, version, license: typeof license === 'string' ? license : null };
}
