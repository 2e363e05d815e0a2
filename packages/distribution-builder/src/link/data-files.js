import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** JSON below this is inline in the script: read at start, and cheaper there than through the embedded file system. */
const INLINE_LIMIT = 200_000;

/**
 * Bytes of a pack. Reading a file copies its pack into memory: with one pack of everything a real app of 60 MB of pages and data
 * had 94 MB of its own after the first answer, not 32, and came to it in twice the time. A larger file is a pack of its own.
 */
const PACK_SIZE = 256 << 10;

/**
 * Every traced file that is no linked script, as the runtime reads it.
 *
 * @param {import('../trace/tree.js').Tree} tree @param {string[]} paths @param {string} folder
 */
export function packFiles(tree, paths, folder) {
  /** @type {Record<string, string>} */
  const texts = {};
  /** @type {Record<string, [number, number, number]>} */
  const packed = {};
  /** @type {{chunks: Buffer[], size: number}[]} */
  const packs = [];
  for (const path of paths) {
    const file = /** @type {string} */ (tree.files.get(path));
    if (path.startsWith(`${tree.dist}/`) && /\.json$|\/BUILD_ID$/.test(path) && statSync(file).size < INLINE_LIMIT) {
      texts[path] = readFileSync(file, 'utf8');
      continue;
    }
    const content = readFileSync(file);
    let pack = packs.at(-1);
    if (!pack || pack.size + content.length > PACK_SIZE) packs.push((pack = { chunks: [], size: 0 }));
    packed[path] = [packs.length - 1, pack.size, content.length];
    pack.size += content.length;
    pack.chunks.push(content);
  }
  mkdirSync(join(folder, 'files'), { recursive: true });
  for (const [number, { chunks }] of packs.entries()) writeFileSync(join(folder, 'files', String(number)), Buffer.concat(chunks));
  return { texts, packed };
}

/** @param {import('./modules.js').Module[]} modules @param {string} folder */
export function packCold(modules, folder) {
  /** @type {Record<number, [number, number]>} */
  const cold = {};
  let offset = 0;
  const chunks = modules.filter((m) => !m.hot).map((module) => {
    const bytes = Buffer.from(module.code);
    cold[module.id] = [offset, bytes.length];
    offset += bytes.length;
    return bytes;
  });
  writeFileSync(join(folder, 'cold'), Buffer.concat(chunks));
  return cold;
}

/** @param {Record<string, {file: string, needs: string[]}>} natives @param {string} folder @returns {Record<string, [string, string[]]>} */
export function packNatives(natives, folder) {
  mkdirSync(join(folder, 'natives'), { recursive: true });
  return Object.fromEntries(
    Object.entries(natives).map(([path, { file, needs }]) => {
      const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
      copyFileSync(file, join(folder, 'natives', name));
      return [path, [name, needs]];
    }),
  );
}
