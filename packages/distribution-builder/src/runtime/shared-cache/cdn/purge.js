import { Refused } from './cloudfront.js';
import { purgeList } from './paths.js';

/** Milliseconds in which revalidations are gathered; also longer than the answers of before take to the edge. */
const GATHER = 500;
/** Milliseconds between attempts: the first, and the longest. An invalidation that CloudFront works on takes 10 s and more. */
const PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;
/** Milliseconds that a process which ends waits for the last purge. */
const FAREWELL = 3_000;

/** Purges, gathered and one at a time. No request ever waits for one, or fails by one. */
export class Purges {
  /** @type {Set<string>} */
  #paths = new Set();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  /** @type {Promise<void>|undefined} */
  #sending;
  #pause = PAUSE;
  #told = false;

  /**
   * @param {(paths: string[]) => Promise<void>} send
   * @param {{gather?: number, log?: (text: string) => void}} [options]
   */
  constructor(send, { gather = GATHER, log = console.error } = {}) {
    this.send = send;
    this.gather = gather;
    this.log = log;
  }

  /** @param {string[]} paths each with a star at its end */
  add(paths) {
    if (paths.length === 0) return;
    for (const path of paths) this.#paths.add(path);
    if (!this.#sending) this.#timer ??= this.#after(this.gather);
  }

  /** All that is known goes out; at most FAREWELL. */
  async flush() {
    const late = new Promise((resolve) => setTimeout(resolve, FAREWELL).unref());
    await Promise.race([late, (async () => (await this.#sending, this.#flushed()))()]);
  }

  async #flushed() {
    clearTimeout(this.#timer);
    if (this.#paths.size > 0) await this.#send();
  }

  /** @param {number} time */
  #after(time) {
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        if (this.#paths.size > 0) this.#timer ??= this.#after(this.#pause === PAUSE ? this.gather : this.#pause);
      });
    }, time);
    timer.unref();
    return timer;
  }

  async #send() {
    const paths = purgeList(this.#paths);
    this.#paths.clear();
    try {
      await this.send(paths);
      if (this.#told) this.log('NEXTCORE_CDN_DISTRIBUTION: pages are purged again');
      this.#told = false;
      this.#pause = PAUSE;
    } catch (error) {
      this.#failed(/** @type {Error} */ (error), paths);
    }
  }

  /** @param {Error} error @param {string[]} paths */
  #failed(error, paths) {
    const isFinal = error instanceof Refused;
    if (!isFinal) {
      for (const path of paths) if (path !== '/') this.#paths.add(path); // `/?*` brings it back
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    }
    if (!this.#told) this.log(`NEXTCORE_CDN_DISTRIBUTION: revalidated pages cannot be purged (${error.message}); ${isFinal ? 'the edge keeps them until their s-maxage ends' : 'it is tried again'}`);
    this.#told = true;
  }
}
