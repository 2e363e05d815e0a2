import fs from 'node:fs';
import { cachePath, cachedFile } from './cache-folder.js';
import { ROOT } from './data.js';
import * as files from './files.js';

/** Embedded files and folders as node describes them. */

/** What `stat` tells of an embedded file. @param {string} path below the root @param {{bigint?: boolean}} [options] */
export function stats(path, options) {
  const isFile = files.isFile(path);
  const time = files.timeOf(path);
  const result = new fs.Stats();
  const ms = { mtimeMs: +time, ctimeMs: +time, atimeMs: +time, birthtimeMs: +time };
  const numbers = { dev: 0, ino: 0, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: 0, size: isFile ? files.sizeOf(path) : 0, mode: isFile ? 0o100644 : 0o40755, ...ms };
  const no = () => false;
  return Object.assign(result, {
    ...(options?.bigint ? bigints(numbers, BigInt(+time) * 1_000_000n) : numbers),
    ...{ mtime: time, ctime: time, atime: time, birthtime: time },
    ...{ isFile: () => isFile, isDirectory: () => !isFile, isSymbolicLink: no, isFIFO: no, isSocket: no, isBlockDevice: no, isCharacterDevice: no },
  });
}

/** @param {Record<string, number>} numbers @param {bigint} ns */
const bigints = (numbers, ns) => ({ ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, BigInt(value)])), mtimeNs: ns, ctimeNs: ns, atimeNs: ns, birthtimeNs: ns });

/** What `readdir` tells of an embedded folder. @param {string} path @param {any} options @returns {any[]} */
export function entries(path, options) {
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


/** What `opendir` gives: an fs.Dir, as far as it is used. */
export class Folder {
  /** @param {string} path as it was asked for @param {any[]} list entries of the folder */
  constructor(path, list) {
    this.path = path;
    this.list = list;
  }
  readSync() {
    return this.list.shift() ?? null;
  }
  /** @param {(error: null, entry: any) => void} [done] */
  read(done) {
    return done ? process.nextTick(done, null, this.readSync()) : Promise.resolve(this.readSync());
  }
  closeSync() {}
  /** @param {(error: null) => void} [done] */
  close(done) {
    return done ? process.nextTick(done, null) : Promise.resolve();
  }
  async *[Symbol.asyncIterator]() {
    for (let entry = this.readSync(); entry; entry = this.readSync()) yield entry;
  }
}
