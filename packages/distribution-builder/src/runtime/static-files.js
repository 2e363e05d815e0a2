import { data } from './data.js';

/** A folder laid out as the builder's assets/, for a Next that needs a static file itself: next/image of a local one. */
const FOLDER = process.env.NEXTCORE_ASSETS_DIR?.replace(/\/$/, '');

/**
 * The executable holds no static file. Where Next looks for one, it looks into the assets folder instead.
 *
 * @param {string} path below the root
 * @returns {string|null} real path; null where `path` is no static file or no folder is given
 */
export function staticFile(path) {
  if (!FOLDER) return null;
  const { app, dist, basePath } = data.at;
  for (const [from, to] of [[`${app}/public`, ''], [`${dist}/static`, '/_next/static']]) {
    if (path === from || path.startsWith(`${from}/`)) return `${FOLDER}${basePath}${to}${path.slice(from.length)}`;
  }
  return null;
}
