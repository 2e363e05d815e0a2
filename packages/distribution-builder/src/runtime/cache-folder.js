import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { data } from './data.js';

/**
 * NEXTCORE_CACHE_DIR: where Next's writes below its output go instead of memory, and are read from.
 *
 *     <dir>/cache/…           what Next itself keeps from build to build: optimised images, fetch cache
 *     <dir>/<build>/server/…  pages remade by this very build; another one's must not take the place of newer ones
 */
const FOLDER = process.env.NEXTCORE_CACHE_DIR?.replace(/\/+$/, '');

/** @param {string} path below the root @returns {string|null} where it is kept; null: in memory, or no output of Next's */
export function cachePath(path) {
  const { dist } = data.at;
  if (!FOLDER || !path.startsWith(`${dist}/`)) return null;
  const rest = path.slice(dist.length);
  return rest === '/cache' || rest.startsWith('/cache/') ? FOLDER + rest : `${FOLDER}/${data.build}${rest}`;
}

/** @param {string} path below the root @returns {string|null} the kept file or folder, if there is one */
export function cachedFile(path) {
  const kept = cachePath(path);
  return kept !== null && existsSync(kept) ? kept : null;
}

/** A folder that cannot be written must show when the server starts, not as pages that are never kept. */
export function checkCacheFolder() {
  if (!FOLDER) return;
  try {
    mkdirSync(FOLDER, { recursive: true });
    accessSync(FOLDER, constants.W_OK);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new Error(`NEXTCORE_CACHE_DIR: ${FOLDER} cannot be written (${code}) by user ${process.getuid?.()}. Give a folder that it may write, or leave the variable out to keep the cache in memory`);
  }
}

/** After the start, when nobody waits. */
export function keepCacheFolderSmall() {
  if (!FOLDER) return;
  const { sweepCacheFolder } = require('./cache-sweep.js');
  try {
    sweepCacheFolder(FOLDER, data.build, Date.now());
  } catch (error) {
    console.error(`NEXTCORE_CACHE_DIR: ${FOLDER} could not be swept: ${/** @type {Error} */ (error).message}`);
  }
}
