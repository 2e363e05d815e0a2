import { BuilderError } from '../../errors.js';
import { consoleFile } from './console-file.js';
import { localImages } from './local-images.js';
import { requireHook } from './require-hook.js';
import { webpackHook } from './webpack-hook.js';

/**
 * A change to one file of Next: which file, for which versions, and why stands in each patch's own file.
 *
 * @typedef {object} Patch
 * @property {string} file below the next package
 * @property {number} [since] first major version that has what is patched; without it all supported ones
 * @property {(source: string) => string} apply must change the source
 */

/** @type {Patch[]} */
const PATCHES = [requireHook, webpackHook, consoleFile, localImages];

/**
 * @param {string} path below next's folder, with a leading slash
 * @param {string} source
 * @param {number} major of Next's version
 */
export function applyPatches(path, source, major) {
  for (const patch of PATCHES) {
    if (path !== `/${patch.file}` || major < (patch.since ?? 0)) continue;
    const patched = patch.apply(source);
    // A patch that silently does nothing is the worst outcome: the executable would start and answer wrongly.
    if (patched === source) throw new BuilderError({ what: 'a patch found nothing to change in this version of Next', where: `next/${patch.file}`, next: 'use a supported version of Next, or report this version' });
    source = patched;
  }
  return source;
}
