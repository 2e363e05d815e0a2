/** Milliseconds that a request waits for the cache server at most, where the store says nothing else. */
const TIMEOUT = 500;
/** Milliseconds between attempts to reach a server that is away: the first, and the longest. */
const PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
/** Answers of a server that works and refuses this one command: memory is full, the disk is, no permission. */
const REFUSED = /^(OOM|MISCONF|NOPERM|NOREPLICAS)/;

/**
 * A server that may be away. Requests never fail for it and wait for it once: while it is away they go on without, and
 * an attempt to reach it is made aside of them.
 *
 * @template {{open: (onClose: () => void) => Promise<any>, close: () => void, timeout?: number}} Store
 */
export class Connection {
  #open = false;
  /** Counts connections: what an earlier one says is of no interest. */
  #opened = 0;
  /** @type {Promise<void>|undefined} */
  #opening;
  #away = false;
  #refused = '';
  #pause = PAUSE;
  /** Difference between the server's clock and ours, ms. */
  offset = 0;

  /**
   * @param {Store} store @param {string} shown for messages
   * @param {{onOpen: (greeting: any) => void, log?: (text: string) => void}} listeners
   */
  constructor(store, shown, { onOpen, log = console.error }) {
    this.store = store;
    this.shown = shown;
    this.onOpen = onOpen;
    this.log = log;
  }

  /**
   * @template T @template F @param {(store: Store) => Promise<T>} work @param {F} without what it is when the server is away
   * @returns {Promise<T|F>}
   */
  async use(work, without) {
    if (this.#away) return without;
    if (!this.#open) await (this.#opening ??= this.#connect());
    if (!this.#open) return without;
    const opened = this.#opened;
    try {
      return await inTime(work(this.store), this.store.timeout);
    } catch (error) {
      if (opened === this.#opened) this.#lost(/** @type {Error} */ (error)); // else told already, by another command
      return without;
    }
  }

  /** Settled when the server is open, or known to be away. @returns {Promise<unknown>} */
  ready() {
    return this.use(async () => undefined, undefined);
  }

  /** @returns {Promise<void>} */
  async #connect() {
    const start = Date.now();
    const opened = ++this.#opened;
    try {
      const greeting = await inTime(this.store.open(() => opened === this.#opened && this.#closed()), this.store.timeout);
      const took = Date.now() - start;
      // The answer is half a round trip old: a difference within it is none.
      const difference = greeting.now - Math.round(start + took / 2);
      this.offset = Math.abs(difference) <= took + 1 ? 0 : difference;
      this.#open = true;
      this.#pause = PAUSE;
      if (this.#away) this.log(`NEXTCORE_CACHE_URL: ${this.shown} answers again`);
      this.#away = false;
      this.onOpen(greeting);
    } catch (error) {
      this.#isAway(/** @type {Error} */ (error));
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    } finally {
      this.#opening = undefined;
    }
  }

  /** Servers close connections that nobody used for long: the next use opens one anew, or finds the server away. */
  #closed() {
    this.#opened++;
    this.#open = false;
  }

  /** @param {Error} error of a command */
  #lost(error) {
    if (REFUSED.test(error.message)) {
      if (this.#refused !== error.message) this.log(`NEXTCORE_CACHE_URL: ${this.shown} refuses: ${error.message}`);
      this.#refused = error.message;
    } else this.#isAway(error);
  }

  /** @param {Error} error */
  #isAway({ message }) {
    this.#closed();
    this.store.close();
    setTimeout(() => (this.#opening ??= this.#connect()), this.#pause).unref();
    if (!this.#away) this.log(`NEXTCORE_CACHE_URL: ${this.shown} is away (${message}); this replica goes on with a cache of its own until it answers`);
    this.#away = true;
  }
}

/** @template T @param {Promise<T>} promise @param {number} [timeout] @returns {Promise<T>} */
async function inTime(promise, timeout = TIMEOUT) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const late = new Promise((_resolve, reject) => {
    const reason = new Error(`no answer in ${timeout} ms`);
    // A process that was busy all the time has the answer in its socket: it is read before the second immediate.
    timer = setTimeout(() => setImmediate(() => setImmediate(reject, reason)), timeout);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {}); // of one that was late nobody asks any more
  }
}
