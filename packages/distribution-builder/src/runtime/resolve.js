import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, data } from './data.js';
import { belowRoot, followLinks, read } from './files.js';

/** Resolution at run time, for names that are computed: page paths, hashed externals, loaders of highlighters. */

const ids = new Map(data.paths.map((path, id) => [path, id]));
const ENDINGS = ['', '.js', '.json', '.node', '.cjs', '.mjs'];
const FROM_NEXT = /^(styled-jsx|react|react-dom|@swc\/helpers|next)(\/|$)/;

/** @param {string} path */
function file(path) {
  for (const ending of ENDINGS) {
    const id = ids.get(path + ending);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** @param {string} path @returns {any} */
function manifest(path) {
  const text = read(`${path}/package.json`);
  return text === undefined ? undefined : JSON.parse(text.toString());
}

/** @param {string} path @returns {number|undefined} */
function fileOrFolder(path) {
  const found = file(path);
  if (found !== undefined) return found;
  const main = manifest(path)?.main;
  if (main) {
    const id = file(join(path, main)) ?? file(join(path, main, 'index'));
    if (id !== undefined) return id;
  }
  return file(`${path}/index`);
}

/** A target of "exports" under our conditions. @param {any} target @param {string[]} conditions @param {string} star @returns {string|undefined} */
function pick(target, conditions, star) {
  if (typeof target === 'string') return target.replaceAll('*', star);
  if (Array.isArray(target)) return target.map((t) => pick(t, conditions, star)).find(Boolean);
  if (target && typeof target === 'object') {
    for (const key in target) {
      const found = conditions.includes(key) ? pick(target[key], conditions, star) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

/** @param {any} exports @param {string} wanted './sub' or '.' @param {string[]} conditions */
export function exportsTarget(exports, wanted, conditions) {
  const isMap = exports && typeof exports === 'object' && !Array.isArray(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (!isMap) return wanted === '.' ? pick(exports, conditions, '') : undefined;
  if (exports[wanted] !== undefined) return pick(exports[wanted], conditions, '');
  const pattern = Object.keys(exports)
    .filter((key) => key.includes('*') && wanted.startsWith(key.slice(0, key.indexOf('*'))) && wanted.endsWith(key.slice(key.indexOf('*') + 1)) && wanted.length >= key.length - 1)
    .sort((a, b) => b.indexOf('*') - a.indexOf('*'))[0];
  if (!pattern) return undefined;
  const star = pattern.indexOf('*');
  return pick(exports[pattern], conditions, wanted.slice(star, wanted.length - (pattern.length - star - 1)));
}

/** @param {string} from below the root @param {string} specifier @param {string[]} conditions @returns {number|undefined} */
function bare(from, specifier, conditions) {
  const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const sub = specifier.slice(name.length);
  for (let dir = dirname(from); ; dir = dirname(dir)) {
    const folder = followLinks(`${dir === '/' ? '' : dir}/node_modules/${name}`);
    const exports = manifest(folder)?.exports;
    const target = exports && exportsTarget(exports, `.${sub}`, conditions);
    const id = (target && ids.get(join(folder, target))) ?? fileOrFolder(folder + sub);
    if (typeof id === 'number') return id;
    if (dir === '/') return undefined;
  }
}

/** @param {string} from absolute @param {string} specifier @param {boolean} asImport @returns {number|undefined} */
export function findModule(from, specifier, asImport) {
  if (specifier.startsWith('file:')) specifier = fileURLToPath(specifier);
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const path = belowRoot(specifier.startsWith('.') ? resolve(dirname(from), specifier) : specifier);
    return path === null ? undefined : fileOrFolder(path);
  }
  const conditions = ['node', asImport ? 'import' : 'require', 'default'];
  const inside = belowRoot(from) ?? `${data.at.app}/server.js`;
  return bare(inside, specifier, conditions) ?? (FROM_NEXT.test(specifier) ? bare(`${data.at.next}/package.json`, specifier, conditions) : undefined);
}

/** @param {number} id */
export const pathOf = (id) => ROOT + data.paths[id];
