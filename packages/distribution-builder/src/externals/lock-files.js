import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSyml } from '@yarnpkg/parsers';
import { bunExecutable } from '../compile/bun.js';
import { BuilderError } from '../errors.js';

/**
 * Which versions of each package a lock file names.
 * @typedef {{file: string, versions: Map<string, Set<string>>}} Lock
 */

/** @type {[string, (file: string) => Iterable<[string, string]>][]} in the order in which they are preferred */
const READERS = [
  ['pnpm-lock.yaml', (file) => pnpm(parseSyml(text(file)))],
  ['yarn.lock', (file) => yarn(parseSyml(text(file)))],
  ['bun.lock', (file) => bun(parseSyml(text(file)))],
  // The binary format is told by Bun itself, in the words of yarn.lock.
  ['bun.lockb', (file) => yarn(parseSyml(execFileSync(bunExecutable(), [file], { encoding: 'utf8', maxBuffer: 1 << 28 })))],
  ['npm-shrinkwrap.json', (file) => npm(JSON.parse(text(file)))],
  ['package-lock.json', (file) => npm(JSON.parse(text(file)))],
];

/**
 * The lock file of the app, or of the workspace it belongs to.
 * @param {string[]} folders from the app outwards
 * @returns {Lock|null}
 */
export function readLock(folders) {
  for (const folder of folders) {
    const found = READERS.find(([name]) => existsSync(join(folder, name)));
    if (!found) continue;
    const file = join(folder, found[0]);
    /** @type {Lock['versions']} */
    const versions = new Map();
    try {
      for (const [name, version] of found[1](file)) versions.set(name, (versions.get(name) ?? new Set()).add(version));
    } catch (cause) {
      throw new BuilderError({ what: `the lock file cannot be read: ${/** @type {Error} */ (cause).message.split('\n')[0]}`, where: file, next: 'install again, so that the package manager writes it anew', cause });
    }
    return { file, versions };
  }
  return null;
}

/** @param {string} file */
const text = (file) => readFileSync(file, 'utf8');

/** @param {any} lock version 1 (nested dependencies), 2 and 3 (packages by folder) @returns {Iterable<[string, string]>} */
function* npm(lock) {
  if (lock.packages) {
    for (const [path, entry] of Object.entries(lock.packages)) {
      const at = path.lastIndexOf('node_modules/');
      if (at !== -1 && entry.version) yield [path.slice(at + 'node_modules/'.length), entry.version];
    }
    return;
  }
  for (const [name, entry] of Object.entries(lock.dependencies ?? {})) {
    yield [name, entry.version];
    yield* npm(entry);
  }
}

/** Keys: `name@1.0.0(peers)` in version 9, `/name@1.0.0` in 6, `/name/1.0.0_peers` in 5. @param {any} lock @returns {Iterable<[string, string]>} */
function* pnpm(lock) {
  for (const key of Object.keys(lock.packages ?? {})) {
    const match = /^\/?((?:@[^/]+\/)?[^/@]+)[@/]([^(_]+)/.exec(key);
    if (match) yield [match[1], match[2]];
  }
}

/** Both of Yarn's formats: `name@range:` or `"name@npm:range":`, with a version. @param {any} lock @returns {Iterable<[string, string]>} */
function* yarn(lock) {
  for (const [keys, entry] of Object.entries(lock)) {
    if (keys === '__metadata' || !entry.version) continue;
    for (const key of keys.split(/,\s*/)) yield [key.slice(0, key.indexOf('@', 1)), entry.version];
  }
}

/** bun.lock is JSON with commas at the end: YAML. `"packages": {"path": ["name@version", …]}`. @param {any} lock @returns {Iterable<[string, string]>} */
function* bun(lock) {
  for (const [named] of Object.values(lock.packages ?? {})) {
    const at = named.lastIndexOf('@');
    yield [named.slice(0, at), named.slice(at + 1)];
  }
}
