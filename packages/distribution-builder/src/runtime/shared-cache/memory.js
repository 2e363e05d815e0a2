/**
 * Entries that were used last, up to a size.
 * @template T
 */
export class Memory {
  /** @type {Map<string, {entry: T, size: number}>} */
  #entries = new Map();
  #size = 0;

  /** @param {number} limit bytes */
  constructor(limit) {
    this.limit = limit;
  }

  /** @param {string} key @returns {T|undefined} */
  get(key) {
    const found = this.#entries.get(key);
    if (!found) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found.entry;
  }

  /** @param {string} key @param {T} entry @param {number} size bytes */
  set(key, entry, size) {
    this.delete(key);
    if (size > this.limit) return;
    this.#entries.set(key, { entry, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.limit) break;
      this.delete(oldest);
    }
  }

  /** @param {string} key */
  delete(key) {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
