import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** @typedef {{name: string, mode: number, text?: string, file?: string}} Entry one of text and file */

/** @param {string} folder @param {string} prefix @returns {Entry[]} */
export function filesIn(folder, prefix) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: `${prefix}/${relative(folder, file).split(sep).join('/')}`, file, mode: 0o644 }));
}

/**
 * Sorted, owned by root, without times: the same input gives the same bytes.
 * @param {string} path @param {string} folder top folder inside @param {Entry[]} entries
 */
export async function writeTarball(path, folder, entries) {
  const tar = pack();
  const hash = createHash('sha256');
  const gzip = createGzip({ level: 6 });
  gzip.on('data', (chunk) => hash.update(chunk));
  const written = pipeline(tar, gzip, createWriteStream(path));
  await Promise.all([written, fill(tar, folder, entries)]);
  return { sha256: hash.digest('hex'), size: statSync(path).size };
}

/** @param {import('tar-stream').Pack} tar @param {string} folder @param {Entry[]} entries */
async function fill(tar, folder, entries) {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, mode, text, file } of sorted) {
    const header = { name: `${folder}/${name}`, mode, mtime: new Date(0), uid: 0, gid: 0, uname: 'root', gname: 'root' };
    if (text !== undefined) {
      tar.entry(header, text);
      continue;
    }
    const source = /** @type {string} */ (file);
    await pipeline(createReadStream(source), tar.entry({ ...header, size: statSync(source).size }));
  }
  tar.finalize();
}
