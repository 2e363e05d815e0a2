import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { data } from './data.js';
import { belowRoot, exists, followLinks } from './files.js';
import { exportsTarget } from './resolve.js';

/** Packages outside of the executable: found through NODE_PATH, then in node_modules beside the executable. */

const native = module.createRequire('/');
const anyOutside = Object.keys(data.externals).length > 0;

/** Folders that are searched, like node_modules. */
const places = () => [...(process.env.NODE_PATH ?? '').split(delimiter).filter(Boolean), join(dirname(process.execPath), 'node_modules')];

/**
 * Which external package a specifier means, through the same folders and links as an embedded one: Turbopack asks for
 * `sharp-<hash>`, a link to sharp.
 *
 * @param {string} from absolute @param {string} specifier
 * @returns {{name: string, sub: string}|null} sub: '' or '/file'
 */
function externalOf(from, specifier) {
  if (!anyOutside || /^[./]|^file:/.test(specifier)) return null;
  const wanted = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const sub = specifier.slice(wanted.length);
  for (let dir = dirname(belowRoot(from) ?? `${data.at.app}/server.js`); ; dir = dirname(dir)) {
    const folder = followLinks(`${dir === '/' ? '' : dir}/node_modules/${wanted}`);
    const name = data.externals[folder];
    if (name) return { name, sub };
    if (exists(folder)) return null; // an embedded one is nearer
    if (dir === '/') return null;
  }
}

/**
 * @param {string} from absolute @param {string} specifier @param {boolean} asImport
 * @returns {string|null} real file; null: not an external package
 */
export function externalFile(from, specifier, asImport) {
  const wanted = externalOf(from, specifier);
  if (!wanted) return null;
  for (const place of places()) {
    const file = fileOf(join(place, wanted.name), wanted.sub, asImport);
    if (file) return file;
  }
  const where = places().join(', ');
  throw Object.assign(new Error(`Cannot find module '${wanted.name}${wanted.sub}': it is an external package. Install the packages of the package.json that was built with this executable into node_modules beside it, or name their folder in NODE_PATH. Searched: ${where}\nRequire stack:\n- ${from}`), {
    code: 'MODULE_NOT_FOUND',
    requireStack: [from],
  });
}

/** @param {string} folder @param {string} sub @param {boolean} asImport @returns {string|undefined} */
function fileOf(folder, sub, asImport) {
  if (!existsSync(join(folder, 'package.json'))) return undefined;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const target = manifest.exports && exportsTarget(manifest.exports, `.${sub}`, ['node', 'node-addons', asImport ? 'import' : 'require', 'default']);
  if (target) return join(folder, target);
  const base = join(folder, sub || manifest.main || 'index');
  return ['', '.js', '.json', '.node', '.cjs', '.mjs', '/index.js', '/index.json', '/index.node'].map((ending) => base + ending).find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** @param {string} file */
export const requireExternal = (file) => native(file);

/** Told at start, once: a missing package shows only when a page needs it. */
export function warnOfMissing() {
  const missing = [...new Set(Object.values(data.externals))].filter((name) => !places().some((place) => existsSync(join(place, name, 'package.json'))));
  if (missing.length) console.error(`external packages are missing: ${missing.join(', ')}. Install those of package.json into node_modules beside the executable, or name their folder in NODE_PATH`);
}
