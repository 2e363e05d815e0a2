import { createRequire } from 'node:module';
import fs from 'node:fs';
import { EMBEDDED, data } from './data.js';
import { explainFailure } from './load-failure.js';

/** Add-ons are loaded from memory (memfd): the root file system may be read-only and /tmp may not exist. */

const RTLD_NOW_GLOBAL = 0x2 | 0x100;
const MFD_CLOEXEC = 1;
/** @type {any} */
let libc;
const loaded = new Set();
const dlopen = process.dlopen.bind(process);

function systemLibrary() {
  libc ??= createRequire('/')('bun:ffi').dlopen('libc.so.6', {
    memfd_create: { args: ['cstring', 'u32'], returns: 'i32' },
    dlopen: { args: ['cstring', 'i32'], returns: 'ptr' },
    dlerror: { args: [], returns: 'cstring' },
  }).symbols;
  return libc;
}

/** @param {string} name @param {Buffer|string} content @returns {string} path of an anonymous file that holds it */
export function memoryFile(name, content) {
  const descriptor = systemLibrary().memfd_create(Buffer.from(`${name}\0`), MFD_CLOEXEC);
  if (descriptor < 0) throw new Error('memfd_create failed: is /proc mounted?');
  const bytes = Buffer.from(/** @type {any} */ (content));
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
  return `/proc/self/fd/${descriptor}`;
}

/** Libraries first and for all to see: the add-on finds their symbols by SONAME. @param {string[]} keys */
function loadLibraries(keys) {
  for (const key of keys) {
    if (loaded.has(key)) continue;
    loaded.add(key);
    const [file, needs] = /** @type {[string, string[]]} */ (data.libraries[key]);
    loadLibraries(needs);
    const path = memoryFile(file, fs.readFileSync(`${EMBEDDED}/natives/${file}`));
    if (!systemLibrary().dlopen(Buffer.from(`${path}\0`), RTLD_NOW_GLOBAL)) throw new Error(explainFailure(key, String(systemLibrary().dlerror())));
  }
}

/** @param {string} path below the root @param {{exports: any}} module */
export function openAddon(path, module) {
  const [file, needs] = /** @type {[string, string[]]} */ (data.addons[path]);
  loadLibraries(needs);
  try {
    dlopen(module, memoryFile(file, fs.readFileSync(`${EMBEDDED}/natives/${file}`)));
  } catch (error) {
    throw Object.assign(/** @type {Error} */ (error), { message: explainFailure(path, /** @type {Error} */ (error).message) });
  }
}

/** @param {string} path */
export function loadAddon(path) {
  if (!data.addons[path]) throw Object.assign(new Error(`${path} is not embedded: it is built for another platform`), { code: 'ERR_DLOPEN_FAILED' });
  const module = { exports: {} };
  openAddon(path, module);
  return module.exports;
}

/** Loaders that find their add-on by path and call process.dlopen themselves. @param {(path: string) => string|null} belowRoot */
export function takeOverDlopen(belowRoot) {
  process.dlopen = /** @type {any} */ (
    (/** @type {any} */ module, /** @type {string} */ file, /** @type {number[]} */ ...flags) => {
      const path = belowRoot(file);
      if (path !== null && data.addons[path]) return openAddon(path, module);
      return dlopen(module, file, ...flags);
    }
  );
}
