import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The storefront takes 25 MB, an app of 3,000 modules 120 MB. */
const LIMIT = 512 << 20;

/** An entry's time tells when it was last used; a write for each use of each entry is not worth more precision. */
const DAY = 86_400_000;

/**
 * Transformed modules of earlier builds, of any app: most of a build's modules are Next's and never change.
 * The name of an entry is the hash of all that decides its content, so an entry is right or absent.
 *
 * A cache must never fail a build: what cannot be read counts as absent, what cannot be written is left out.
 */
export class TransformCache {
  #folder;
  #limit;
  /** @type {Map<string, import('./transform.js').Transformed>} */
  #made = new Map();
  /** @type {Set<string>} */
  #used = new Set();

  /** @param {string} folder @param {number} [limit] bytes */
  constructor(folder, limit = LIMIT) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** @param {import('./transform.js').Source} source */
  key({ source, esm, hot, lazy }) {
    return createHash('sha256').update(`${ownVersion()} ${esm} ${hot} ${lazy}\0`).update(source).digest('hex');
  }

  /** @param {string} key @returns {import('./transform.js').Transformed|null} */
  get(key) {
    const made = this.#made.get(key);
    if (made) return made;
    const file = this.#file(key);
    try {
      const found = JSON.parse(readFileSync(file, 'utf8'));
      this.#used.add(key);
      if (Date.now() - statSync(file).mtimeMs > DAY) utimesSync(file, new Date(), new Date());
      return found;
    } catch {
      return null;
    }
  }

  /** Kept until `save`. @param {string} key @param {import('./transform.js').Transformed} transformed */
  put(key, transformed) {
    this.#made.set(key, transformed);
    this.#used.add(key);
  }

  /**
   * Writes what was put, then makes room. At once and late, when Bun compiles in a process of its own: the thread that
   * links is the one that the others wait for, and a tenth of its time went into writing.
   */
  save() {
    if (this.#made.size === 0) return;
    for (const [key, transformed] of this.#made) this.#write(this.#file(key), transformed);
    this.#made.clear();
    this.#evict();
  }

  /** @param {string} file @param {import('./transform.js').Transformed} transformed */
  #write(file, transformed) {
    const partial = `${file}.${process.pid}`;
    try {
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(partial, JSON.stringify(transformed));
      renameSync(partial, file); // a reader sees a whole entry or none
    } catch {
      this.#discard(partial);
    }
  }

  /** Removes what was not used for longest, down to 80 % of the limit; what this build used stays. */
  #evict() {
    const entries = this.#entries();
    let size = entries.reduce((sum, entry) => sum + entry.size, 0);
    if (size <= this.#limit) return;
    for (const entry of entries.filter(({ key }) => !this.#used.has(key)).sort((a, b) => a.time - b.time || (a.key < b.key ? -1 : 1))) {
      if (size <= this.#limit * 0.8) return;
      this.#discard(entry.file);
      size -= entry.size;
    }
  }

  /** @param {string} file */
  #discard(file) {
    try {
      rmSync(file, { force: true });
    } catch {
      // it cannot be written either
    }
  }

  /** @param {string} key */
  #file(key) {
    return join(this.#folder, key.slice(0, 2), key.slice(2));
  }

  #entries() {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder, { withFileTypes: true, recursive: true }).flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const info = entry.isFile() ? statSync(file, { throwIfNoEntry: false }) : undefined;
      return info ? [{ file, key: file.slice(-65).replace('/', ''), size: info.size, time: info.mtimeMs }] : [];
    });
  }
}

/** @type {string|undefined} */
let version;

/** Hash of the code that transforms, and of the libraries that it is made of. */
function ownVersion() {
  if (version) return version;
  const hash = createHash('sha256');
  const folder = fileURLToPath(new URL('.', import.meta.url));
  for (const name of readdirSync(folder).sort()) if (name.endsWith('.js')) hash.update(name).update(readFileSync(join(folder, name)));
  const require = createRequire(import.meta.url);
  for (const name of ['acorn', 'acorn-walk', 'esbuild', 'magic-string']) hash.update(`${name} ${require(`${name}/package.json`).version}\0`);
  version = hash.digest('hex');
  return version;
}
