import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * What is remembered between two runs for one pair of app and output folder. It lives in the user's cache,
 * because dist/ holds what is shipped and nothing else.
 *
 * @typedef {object} State
 * @property {string} key
 * @property {import('./sources.js').SourceFiles} files
 * @property {Record<string, {before: string|null, after: string}>} generated
 * @property {Record<string, string>} outputs path -> size and mtime of the files written
 * @property {Record<string, any>} result
 */

/** Cache folder of this program: NEXTCORE_CACHE, else the XDG cache. */
export function cacheFolder() {
  const base = process.env.NEXTCORE_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nextcore');
  return join(base, 'distribution-builder');
}

/** @param {string} appDir @param {string} out */
export function stateFile(appDir, out) {
  return join(cacheFolder(), 'state', createHash('sha256').update(`${appDir}\0${out}`).digest('hex').slice(0, 32) + '.json');
}

/** @param {string} file @returns {State|null} */
export function readState(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // none yet, or one of another version: both mean a full build
  }
}

/** @param {string} file @param {State} state */
export function writeState(file, state) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(state));
  renameSync(`${file}.${process.pid}`, file);
}

/** @param {string[]} paths @returns {Record<string, string>} */
export function describeOutputs(paths) {
  return Object.fromEntries(paths.map((path) => [path, describe(path)]));
}

/** @param {Record<string, string>} outputs */
export function outputsUntouched(outputs) {
  return Object.entries(outputs).every(([path, before]) => describe(path) === before);
}

/** @param {string} path */
function describe(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  return info ? `${info.size} ${info.mtimeMs}` : 'absent';
}
