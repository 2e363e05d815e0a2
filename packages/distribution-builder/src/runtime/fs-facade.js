import fs from 'node:fs';
import { dirname } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { cachePath, cachedFile } from './cache-folder.js';
import { ROOT } from './data.js';
import * as files from './files.js';
import { Folder, entries, stats } from './fs-entries.js';
import { memoryFile } from './natives.js';
import { staticFile } from './static-files.js';

/**
 * `fs` as linked code sees it: embedded files first, then the real ones. Writes below .next stay in memory, or go to
 * NEXTCORE_CACHE_DIR, where they come before the embedded files.
 */

/** @param {string} code @param {number} errno @param {string} words */
const failure = (code, errno, words) => (/** @type {string} */ call, /** @type {unknown} */ path) => Object.assign(new Error(`${code}: ${words}, ${call} '${path}'`), { code, errno, syscall: call, path });

const missing = failure('ENOENT', -2, 'no such file or directory');
const isFolder = failure('EISDIR', -21, 'illegal operation on a directory');
const noLink = failure('EINVAL', -22, 'invalid argument');

/** @typedef {{path: string, real: null} | {path: null, real: any}} Place */

/** Where a path leads: into the executable, or to a real file (static files to the assets folder, remade pages to the cache folder). @param {any} given @returns {Place} */
function place(given) {
  const path = files.belowRoot(given);
  if (path === null) return { path: null, real: given };
  const asset = staticFile(path);
  const kept = asset ?? cachedFile(path);
  if (kept) return { path: null, real: kept };
  return files.exists(path) || files.isOutput(path) ? { path, real: null } : { path: null, real: given };
}

/** @param {Buffer|string} content @param {any} options */
function decoded(content, options) {
  const encoding = typeof options === 'string' ? options : options?.encoding;
  const bytes = Buffer.from(/** @type {any} */ (content));
  return encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes;
}

/** @param {any} flags */
const readsOnly = (flags) => flags === undefined || flags === 'r' || flags === 0;

/** The calls that take a path, in their synchronous form. The other two forms are made of these. */
/** @type {Record<string, (...args: any[]) => any>} */
const calls = {
  readFile(given, options) {
    const { path, real } = place(given);
    if (path === null) return fs.readFileSync(real, options);
    const content = files.read(path);
    if (content === undefined) {
      if (files.isFile(path)) return fs.readFileSync(given, options); // a linked module: its text is not kept
      if (files.isFolder(path)) throw isFolder('read', given);
      throw missing('open', given);
    }
    return decoded(content, options);
  },
  stat(given, options) {
    const { path, real } = place(given);
    if (path === null) return fs.statSync(real, options);
    if (files.exists(path)) return stats(path, options);
    if (options?.throwIfNoEntry === false) return undefined;
    throw missing('stat', given);
  },
  access(given, mode) {
    const { path, real } = place(given);
    if (path === null) return fs.accessSync(real, mode);
    if (!files.exists(path)) throw missing('access', given);
  },
  readdir(given, options) {
    const inside = files.belowRoot(given);
    if (inside !== null && files.isFolder(inside)) return entries(inside, typeof options === 'object' ? options : undefined);
    const { path, real } = place(given);
    if (path === null) return fs.readdirSync(real, options);
    throw missing('scandir', given);
  },
  opendir(given, options) {
    const inside = files.belowRoot(given);
    if (inside !== null && files.isFolder(inside)) return new Folder(String(given), entries(inside, { ...options, withFileTypes: true }));
    const { path, real } = place(given);
    if (path === null) return fs.opendirSync(real, options);
    throw missing('opendir', given);
  },
  readlink(given, options) {
    const { path, real } = place(given);
    if (path === null) return fs.readlinkSync(real, options);
    throw (files.exists(path) ? noLink : missing)('readlink', given);
  },
  realpath(given, options) {
    const { path, real } = place(given);
    if (path === null) return fs.realpathSync(real, options);
    if (!files.exists(path)) throw missing('realpath', given);
    return ROOT + path;
  },
  open(given, flags, mode) {
    const { path, real } = place(given);
    if (path === null || !readsOnly(flags)) return fs.openSync(path === null ? real : given, flags, mode);
    return fs.openSync(memoryFile('file', calls.readFile(given)), 'r');
  },
  writeFile(given, content, options) {
    const path = files.belowRoot(given);
    const kept = path && cachePath(path);
    if (kept) return fs.writeFileSync(kept, content, options);
    if (path !== null && files.isOutput(path)) return files.write(path, content);
    return fs.writeFileSync(given, content, options);
  },
  appendFile(given, content, options) {
    const path = files.belowRoot(given);
    const kept = path && cachePath(path);
    if (kept) return fs.appendFileSync(kept, content, options);
    if (path === null || !files.isOutput(path)) return fs.appendFileSync(given, content, options);
    return files.write(path, Buffer.concat([Buffer.from(files.read(path) ?? ''), Buffer.from(content)]));
  },
  utimes(given, atime, mtime) {
    const path = files.belowRoot(given);
    const kept = path && cachedFile(path);
    if (kept) return fs.utimesSync(kept, atime, mtime);
    if (path === null || !files.isOutput(path)) return fs.utimesSync(given, atime, mtime);
    if (!files.exists(path)) throw missing('utime', given); // in memory a file is as old as its last write
  },
  mkdir(given, options) {
    const path = files.belowRoot(given);
    const kept = path && cachePath(path);
    if (kept) return fs.mkdirSync(kept, { ...options, recursive: true });
    if (path !== null && files.isOutput(path)) return undefined;
    return fs.mkdirSync(given, options);
  },
  rm(given, options) {
    const path = files.belowRoot(given);
    const kept = path && cachePath(path);
    if (kept) return fs.rmSync(kept, options);
    if (path !== null && files.isOutput(path)) return files.remove(path);
    return fs.rmSync(given, options);
  },
  unlink(given) {
    const path = files.belowRoot(given);
    const kept = path && cachePath(path);
    if (kept) return fs.unlinkSync(kept);
    if (path !== null && files.isOutput(path)) return files.remove(path);
    return fs.unlinkSync(given);
  },
  rename(from, to) {
    const path = files.belowRoot(from);
    const kept = path && cachedFile(path);
    if (kept) return fs.renameSync(kept, cachePath(files.belowRoot(to) ?? '') ?? to);
    if (path === null || !files.isOutput(path)) return fs.renameSync(from, to);
    calls.writeFile(to, calls.readFile(from));
    files.remove(path);
  },
  /** Next writes a file only once by linking a temporary one to its name. */
  link(from, to) {
    const path = files.belowRoot(to);
    if (path === null || !files.isOutput(path)) return fs.linkSync(from, to);
    const kept = cachePath(path);
    if (kept) return fs.linkSync(cachedFile(files.belowRoot(from) ?? '') ?? from, kept);
    if (files.exists(path)) throw Object.assign(new Error(`EEXIST: file already exists, link '${from}' -> '${to}'`), { code: 'EEXIST', errno: -17, syscall: 'link', path: from });
    return calls.writeFile(to, calls.readFile(from));
  },
  copyFile(from, to, mode) {
    const { path, real } = place(from);
    if (path === null) return fs.copyFileSync(real, to, mode);
    return calls.writeFile(to, calls.readFile(from));
  },
  /** Folders too: what an app copies to a writable place at its first start. */
  cp(from, to, options) {
    const inside = files.belowRoot(from);
    if (inside === null || !(files.isFolder(inside) || files.isFile(inside))) return fs.cpSync(place(from).real ?? from, to, options);
    if (files.isFile(inside)) {
      calls.mkdir(dirname(String(to)), { recursive: true });
      return calls.copyFile(from, to);
    }
    if (!options?.recursive) throw isFolder('cp', from);
    calls.mkdir(to, { recursive: true });
    for (const name of files.list(inside)) calls.cp(`${from}/${name}`, `${to}/${name}`, options);
  },
  /** Next sizes its image cache by the disk's free space. The output has no disk of its own: /'s is told. */
  statfs(given, options) {
    const path = files.belowRoot(given);
    return fs.statfsSync(path !== null && files.isOutput(path) ? (cachedFile(path) ?? '/') : given, options);
  },
};
calls.lstat = /** @type {any} */ (calls.stat);

/** Whether a call concerns the executable; real files keep node's own asynchronous road. @param {unknown} given */
const isEmbedded = (given) => {
  const path = files.belowRoot(given);
  return path !== null && (place(given).path !== null || files.isOutput(path) || staticFile(path) !== null);
};

export function fsFacade() {
  /** @type {any} */
  const facade = Object.assign({}, fs);
  /** @type {any} */
  const promises = Object.assign({}, fs.promises);
  for (const [name, call] of Object.entries(calls)) {
    facade[`${name}Sync`] = call;
    const real = /** @type {any} */ (fs)[name];
    const later = /** @type {any} */ (fs.promises)[name];
    promises[name] = async (/** @type {any[]} */ ...args) => {
      if (!isEmbedded(args[0])) return later(...args);
      if (name !== 'open') return call(...args);
      return fs.promises.open(memoryFile('file', calls.readFile(args[0])), 'r');
    };
    facade[name] = (/** @type {any[]} */ ...args) => {
      if (!isEmbedded(args[0])) return real(...args);
      const done = args.pop();
      try {
        const result = call(...args);
        process.nextTick(done, null, result);
      } catch (error) {
        process.nextTick(done, error);
      }
    };
  }
  facade.realpathSync.native = facade.realpathSync;
  facade.realpath.native = facade.realpath;
  facade.existsSync = (/** @type {any} */ given) => {
    const { path, real } = place(given);
    return path === null ? fs.existsSync(real) : files.exists(path);
  };
  facade.exists = (/** @type {any} */ given, /** @type {(is: boolean) => void} */ done) => done(facade.existsSync(given));
  facade.createReadStream = (/** @type {any} */ given, /** @type {any} */ options) => {
    const { path, real } = place(given);
    if (path === null) return fs.createReadStream(real, options);
    const content = calls.readFile(given);
    const stream = Readable.from([content.subarray(options?.start ?? 0, options?.end === undefined ? undefined : options.end + 1)]);
    return Object.assign(stream, { path: given });
  };
  facade.createWriteStream = (/** @type {any} */ given, /** @type {any} */ options) => {
    const path = files.belowRoot(given);
    if (path === null || cachePath(path) || !files.isOutput(path)) return fs.createWriteStream((path && cachePath(path)) ?? given, options);
    /** @type {Buffer[]} */
    const parts = [];
    return new Writable({
      write: (part, _encoding, done) => done(void parts.push(Buffer.from(part))),
      final: (done) => done(void files.write(path, Buffer.concat(parts))),
    });
  };
  facade.openAsBlob = async (/** @type {any} */ given, /** @type {any} */ options) => (isEmbedded(given) ? new Blob([calls.readFile(given)], options) : fs.openAsBlob(given, options));
  facade.promises = promises;
  facade.default = facade;
  return facade;
}

