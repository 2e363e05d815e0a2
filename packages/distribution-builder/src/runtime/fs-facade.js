import fs from 'node:fs';
import { Readable } from 'node:stream';
import { cachePath, cachedFile } from './cache-folder.js';
import { ROOT } from './data.js';
import * as files from './files.js';
import { memoryFile } from './natives.js';
import { staticFile } from './static-files.js';

/**
 * `fs` as linked code sees it: embedded files first, then the real ones. Writes below .next stay in memory, or go to
 * NEXTCORE_CACHE_DIR, where they come before the embedded files.
 */

/** @param {string} call @param {unknown} path */
const missing = (call, path) => Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), { code: 'ENOENT', errno: -2, syscall: call, path });

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

/** @param {string} path */
function stats(path) {
  const isFile = files.isFile(path);
  const time = files.timeOf(path);
  const result = new fs.Stats();
  const no = () => false;
  return Object.assign(result, {
    ...{ dev: 0, ino: 0, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 0 },
    ...{ size: isFile ? files.sizeOf(path) : 0, mode: isFile ? 0o100644 : 0o40755 },
    ...{ mtime: time, ctime: time, atime: time, birthtime: time, mtimeMs: +time, ctimeMs: +time, atimeMs: +time, birthtimeMs: +time },
    ...{ isFile: () => isFile, isDirectory: () => !isFile, isSymbolicLink: no, isFIFO: no, isSocket: no, isBlockDevice: no, isCharacterDevice: no },
  });
}

/** @param {string} path @param {any} options @returns {any[]} */
function entries(path, options) {
  const names = new Set(files.list(path));
  for (const real of [ROOT + path, cachePath(path)]) {
    try {
      if (real !== null) for (const name of fs.readdirSync(real)) names.add(name);
    } catch {
      // the folder exists in the executable only
    }
  }
  const found = [...names].sort().flatMap((name) => {
    const child = `${path}/${name}`;
    const folder = files.isFolder(child) || (!files.isFile(child) && fs.statSync(cachedFile(child) ?? ROOT + child, { throwIfNoEntry: false })?.isDirectory() === true);
    const below = options?.recursive && folder ? entries(child, options) : [];
    if (options?.withFileTypes) return [directoryEntry(name, ROOT + path, folder), ...below];
    return [name, ...below.map((inner) => `${name}/${inner}`)];
  });
  return found;
}

/** @param {string} name @param {string} parent @param {boolean} folder */
function directoryEntry(name, parent, folder) {
  const no = () => false;
  return { name, parentPath: parent, path: parent, isFile: () => !folder, isDirectory: () => folder, isSymbolicLink: no, isFIFO: no, isSocket: no, isBlockDevice: no, isCharacterDevice: no };
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
      throw missing('open', given);
    }
    return decoded(content, options);
  },
  stat(given, options) {
    const { path, real } = place(given);
    if (path === null) return fs.statSync(real, options);
    if (files.exists(path)) return stats(path);
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
  facade.promises = promises;
  facade.default = facade;
  return facade;
}

