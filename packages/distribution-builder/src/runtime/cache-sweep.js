import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';

const KEPT_DAYS = 30;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Marks the build's own folder in NEXTCORE_CACHE_DIR as used, and removes those of builds that nobody has started for
 * 30 days: a version to which a team may still go back keeps its pages, and the volume does not grow with each deploy.
 *
 * @param {string} folder @param {string} build @param {number} now milliseconds
 */
export function sweepCacheFolder(folder, build, now) {
  const own = `${folder}/${build}`;
  mkdirSync(own, { recursive: true });
  utimesSync(own, now / 1000, now / 1000);
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name === 'cache' || name === build || now - statSync(path).mtimeMs < KEPT_DAYS * DAY) continue;
    rmSync(path, { recursive: true, force: true });
  }
}
