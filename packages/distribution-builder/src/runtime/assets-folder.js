import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

const INDEX = '.nextcore.json';

/**
 * `server assets <folder> [--check]`: looks after an app's folder of static files on a machine without a shell.
 *
 * <folder>/.nextcore.json names the retained builds, newest first: [{manifest, files: {path: sha256}}]. Their files lie in
 * builds/<12 digits of manifest>/; hashed ones in static/ too. Prints {"checked", "removed", "damaged"} as one line and
 * exits 1 where a file is missing or another; then nothing is removed. --check removes nothing at all.
 *
 * @param {string} folder @param {boolean} checkOnly
 */
export async function keepAssets(folder, checkOnly) {
  /** @type {{manifest: string, files: Record<string, string>}[]} */
  const builds = JSON.parse(readFileSync(join(folder, INDEX), 'utf8'));
  const wanted = new Set([INDEX]);
  const damaged = [];
  /** @type {Map<string, Promise<string|null>>} hard links are one file: hashed once */
  const hashes = new Map();
  let checked = 0;
  for (const { manifest, files } of builds) {
    const home = join('builds', manifest.replace(/^sha256:/, '').slice(0, 12));
    for (const [file, sha256] of Object.entries(files)) {
      for (const place of [join(home, file), join('static', file)]) for (const suffix of ['', '.br', '.gz']) wanted.add(place + suffix);
      checked += 1;
      if ((await hashOnce(join(folder, home, file), hashes)) !== sha256) damaged.push(file);
    }
  }
  const gone = checkOnly || damaged.length > 0 ? [] : everyFile(folder).filter((file) => !wanted.has(file));
  for (const file of gone) unlinkSync(join(folder, file));
  if (gone.length > 0) removeEmpty(folder);
  console.log(JSON.stringify({ checked, removed: gone.length, damaged: damaged.sort() }));
  process.exitCode = damaged.length > 0 ? 1 : 0;
}

/** @param {string} path @param {Map<string, Promise<string|null>>} hashes by inode */
function hashOnce(path, hashes) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  const known = hashes.get(`${stat.dev}:${stat.ino}`) ?? hash(path);
  hashes.set(`${stat.dev}:${stat.ino}`, known);
  return known;
}

/** @param {string} path */
async function hash(path) {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

/** @param {string} folder @returns {string[]} paths below it */
function everyFile(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** @param {string} folder */
function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const child = join(folder, entry.name);
    removeEmpty(child);
    if (readdirSync(child).length === 0) rmdirSync(child);
  }
}
