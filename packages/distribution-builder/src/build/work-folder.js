import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Milliseconds without a change after which a folder counts as left behind. A process that cannot be seen may be alive in
 * another container that has the same cache.
 */
const QUIET = 3_600_000;

/**
 * A folder for one build, which removes it at its end: named by its process and by chance, as processes of two containers
 * may have one number. Those of builds that were killed go: up to 220 MB each for the example.
 *
 * @param {string} cache
 */
export function makeWorkFolder(cache) {
  const all = join(cache, 'work');
  mkdirSync(all, { recursive: true });
  for (const name of readdirSync(all)) {
    const folder = join(all, name);
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (!isRunning(Number.parseInt(name, 10)) && Date.now() - changed > QUIET) rmSync(folder, { recursive: true, force: true });
  }
  return mkdtempSync(join(all, `${process.pid}-`));
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'; // somebody else's
  }
}
