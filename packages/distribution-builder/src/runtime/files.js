import fs from 'node:fs';
import { normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMBEDDED, ROOT, data } from './data.js';
import { withOwnKeys } from './own-keys.js';
import { withPublicValues } from './public-env.js';

/** Bytes that Next may write below .next before the oldest entries go: ISR pages, fetch and image cache. */
const WRITTEN_LIMIT = 64 << 20;

/** @type {Map<string, {content: Buffer, time: Date}>} */
const written = new Map();
let writtenBytes = 0;
/** The last one that was read: files of one folder are read together. @type {{number: number, bytes: Buffer}|undefined} */
let lastPack;
/** @type {Map<string, Set<string>>|undefined} */
let folders;
const ids = new Map(data.paths.map((path, id) => [path, id]));

/**
 * Time of every embedded file: when the process started. Next measures the age of prerendered pages by it, and a page older
 * than its `expire` is remade before the first answer (REVALIDATED instead of HIT). The executable holds no time.
 */
let built = new Date();

/** A shared cache knows when the first replica of this build started. @param {Date} time */
export const countFrom = (time) => void (built = time);

/** @returns {number} ms */
export const countedFrom = () => +built;

/** @param {unknown} path @returns {string|null} path below the root with links followed; null: outside of the root */
export function belowRoot(path) {
  if (path instanceof URL) {
    if (path.protocol !== 'file:') return null;
    path = fileURLToPath(path);
  } else if (Buffer.isBuffer(path)) path = path.toString();
  if (typeof path !== 'string') return null;
  if (!path.startsWith('/')) path = resolve(process.cwd(), path);
  else if (path.includes('/.') || path.includes('//')) path = normalize(path);
  let text = /** @type {string} */ (path);
  if (!text.startsWith(ROOT) || (ROOT !== '' && text.length > ROOT.length && text[ROOT.length] !== '/')) return null;
  text = text.slice(ROOT.length);
  return followLinks(text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text);
}

const hasLinks = Object.keys(data.links).length > 0;
/** @type {Map<string, string>} */
const followed = new Map();

/** @param {string} path */
export function followLinks(path) {
  if (!hasLinks || !path.includes('node_modules')) return path;
  const known = followed.get(path);
  if (known !== undefined) return known;
  let result = path;
  // 40 is Linux's own limit of links on one way (ELOOP).
  for (let hops = 0; hops < 40; hops++) {
    const next = oneHop(result);
    if (next === null) break;
    result = next;
  }
  followed.set(path, result);
  return result;
}

/** @param {string} path */
function oneHop(path) {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const prefix = end === -1 ? path : path.slice(0, end);
    const target = data.links[prefix];
    if (target !== undefined && target !== prefix) return target + path.slice(prefix.length);
    if (end === -1) return null;
  }
}

/** @param {string} path @returns {Buffer|string|undefined} */
export function read(path) {
  const own = written.get(path);
  if (own) return own.content;
  const text = data.texts[path];
  if (text !== undefined) return withPublicValues(path, withOwnKeys(path, text));
  const at = data.packed[path];
  if (at) return withPublicValues(path, withOwnKeys(path, unpack(...at)));
  if (data.manifests[path]) return `//compiled:${path}`;
  const addon = data.addons[path];
  if (addon) return fs.readFileSync(`${EMBEDDED}/natives/${addon[0]}`);
  return undefined;
}

/** @param {number} number of the pack @param {number} offset @param {number} length */
function unpack(number, offset, length) {
  if (lastPack?.number !== number) lastPack = { number, bytes: fs.readFileSync(`${EMBEDDED}/files/${number}`) };
  return Buffer.from(lastPack.bytes.subarray(offset, offset + length)); // a part would keep the whole
}

/** @param {string} path */
export const isFile = (path) => written.has(path) || data.texts[path] !== undefined || data.packed[path] !== undefined || ids.has(path) || data.manifests[path] !== undefined;

/** @param {string} path */
export const isFolder = (path) => index().has(path === '' ? '/' : path);

/** @param {string} path */
export const exists = (path) => isFile(path) || isFolder(path);

/** @param {string} path @returns {string[]} */
export const list = (path) => [...(index().get(path === '' ? '/' : path) ?? [])];

/** @param {string} path */
export const sizeOf = (path) => data.packed[path]?.[2] ?? Buffer.byteLength(read(path) ?? '');

/** @param {string} path */
export const timeOf = (path) => written.get(path)?.time ?? built;

/** What Next writes below its output stays in memory, and never on the read-only disk. @param {string} path */
export const isOutput = (path) => path.startsWith(`${data.at.dist}/`);

/** @param {string} path @param {Buffer|string|Uint8Array} content */
export function write(path, content) {
  remove(path);
  const bytes = Buffer.from(/** @type {any} */ (content));
  written.set(path, { content: bytes, time: new Date() });
  writtenBytes += bytes.length;
  for (const [oldest, entry] of written) {
    if (writtenBytes <= WRITTEN_LIMIT) break;
    written.delete(oldest);
    writtenBytes -= entry.content.length;
  }
  if (folders) enter(path);
}

/** @param {string} path a file, or a folder with all below */
export function remove(path) {
  for (const [key, entry] of written) {
    if (key !== path && !key.startsWith(`${path}/`)) continue;
    written.delete(key);
    writtenBytes -= entry.content.length;
    leave(key);
  }
}

/** A name that is gone is not listed any more. @param {string} path */
function leave(path) {
  if (!isFile(path)) folders?.get(path.slice(0, path.lastIndexOf('/')))?.delete(path.slice(path.lastIndexOf('/') + 1));
}

function index() {
  if (folders) return folders;
  folders = new Map();
  for (const group of [data.texts, data.packed, data.manifests, data.addons]) for (const path in group) enter(path);
  for (const path of data.paths) enter(path);
  for (const path of written.keys()) enter(path);
  return folders;
}

/** @param {string} path */
function enter(path) {
  for (let at = path; at !== '/'; ) {
    const slash = at.lastIndexOf('/');
    const folder = slash === 0 ? '/' : at.slice(0, slash);
    const names = folders?.get(folder) ?? new Set();
    folders?.set(folder, names);
    if (names.has(at.slice(slash + 1))) return;
    names.add(at.slice(slash + 1));
    at = folder;
  }
}
