/**
 * When each tag was revalidated, on any replica. Next's own manifest of tags is kept true, so that Next's own checks
 * hold. A request asks at most once: for the events since the last time, and for tags never asked for, in one round trip.
 *
 * @typedef {import('./redis-store.js').TagEvent} TagEvent
 * @typedef {object} Manifest Next's, behind what is the same in all versions
 * @property {(tag: string) => {stale?: number, expired?: number}|undefined} get
 * @property {(tag: string, times: {stale?: number, expired?: number}) => void} set
 * @property {(tags: string[], since: number) => boolean} areExpired
 * @property {(tags: string[], since: number) => boolean} areStale
 */

/** Tags of which it is known that they were asked for; beyond it all are asked for anew. */
const ASKED_LIMIT = 50_000;
/** Revalidations that wait for the server to come back; beyond it the oldest are lost to the other replicas. */
const UNSENT_LIMIT = 10_000;

export class Tags {
  /** Tags whose events up to now are known; later ones come by the log. @type {Set<string>} */
  #asked = new Set();
  #cursor = '0-0';
  /** @type {Map<string, number>} time of the newest event that is known, by the server's clock */
  #newest = new Map();
  /** @type {Set<string>} */
  #wanted = new Set();
  /** @type {Promise<void>|undefined} */
  #coming;
  /** @type {Map<string, number>} tag -> when it was revalidated here */
  #unsent = new Map();
  /** @type {Promise<void>|undefined} */
  #sending;
  #sent = Promise.resolve();
  /** Until the others can know of the latest revalidation. @type {Promise<void>|undefined} */
  announcing;

  /**
   * @param {import('./connection.js').Connection<import('./redis-store.js').Store>} connection @param {Manifest} manifest
   * @param {(tags: string[]) => unknown} [announced] called when the others can know of these
   */
  constructor(connection, manifest, announced = () => {}) {
    this.connection = connection;
    this.manifest = manifest;
    this.announced = announced;
  }

  /** A new connection, maybe to a server that was away for long. @param {string} cursor end of the log */
  restart(cursor) {
    this.#cursor = cursor;
    this.#asked.clear();
    if (this.#unsent.size > 0) this.#send();
  }

  /** @param {string[]} tags */
  knows(tags) {
    return tags.every((tag) => this.#asked.has(tag));
  }

  /** What was revalidated before this call is known after it. Calls of one tick share one question. @param {string[]} tags @returns {Promise<void>} */
  refresh(tags) {
    for (const tag of tags) this.#wanted.add(tag);
    this.#coming ??= Promise.resolve().then(() => {
      this.#coming = undefined;
      const wanted = [...this.#wanted];
      this.#wanted.clear();
      return this.#ask(wanted);
    });
    return this.#coming;
  }

  /** @param {string[]} tags @returns {Promise<void>} */
  async #ask(tags) {
    // The connection may be opened by this very call, which moves the cursor and forgets what was asked.
    await this.connection.use(async (store) => {
      const unknown = tags.filter((tag) => !this.#asked.has(tag));
      const changes = await store.changes(this.#cursor, unknown);
      for (const [tag, event] of changes.events) this.#apply(tag, event);
      this.#cursor = changes.cursor;
      if (changes.missed || this.#asked.size > ASKED_LIMIT) this.#asked.clear();
      for (const tag of unknown) this.#asked.add(tag);
      if (!changes.missed) return;
      const rest = tags.filter((tag) => !this.#asked.has(tag));
      for (const [tag, event] of (await store.changes(this.#cursor, rest)).events) this.#apply(tag, event);
      for (const tag of rest) this.#asked.add(tag);
    }, undefined);
  }

  /** @param {string} tag @param {TagEvent} event the last one counts, as in Next itself */
  #apply(tag, { at, stale, expired }) {
    if ((this.#newest.get(tag) ?? 0) > at) return;
    this.#newest.set(tag, at);
    // Next asks whether a time has come. What happened elsewhere has, whatever the clocks say.
    const now = Math.floor(performance.timeOrigin + performance.now());
    const ours = (/** @type {number|undefined} */ time) => time && (time > at ? time - this.connection.offset : Math.min(time - this.connection.offset, now));
    this.manifest.set(tag, { stale: ours(stale), expired: ours(expired) });
  }

  /** Tells the others what Next's manifest says of these tags since just now. @param {string[]} tags @returns {Promise<void>} */
  announce(tags) {
    const now = Date.now();
    for (const tag of tags) {
      this.#unsent.delete(tag);
      this.#unsent.set(tag, now);
      this.#newest.set(tag, now + this.connection.offset);
    }
    for (const oldest of this.#unsent.keys()) {
      if (this.#unsent.size <= UNSENT_LIMIT) break;
      this.#unsent.delete(oldest);
    }
    // `use cache` and the cache of pages are told of the same tags at once: one message.
    this.#sending ??= Promise.resolve().then(() => {
      this.#sending = undefined;
      return this.#send();
    });
    const told = this.#sending;
    this.announcing = told;
    told.finally(() => this.announcing === told && (this.announcing = undefined));
    return told;
  }

  /** One after the other: a connection that opens sends as well, and who waits for a tag waits for that. */
  #send() {
    return (this.#sent = this.#sent.then(() => this.#sendAll()));
  }

  async #sendAll() {
    await this.connection.use(async (store) => {
      const unsent = [...this.#unsent];
      if (unsent.length === 0) return;
      this.#unsent.clear();
      try {
        await store.announce(unsent.map(([tag, at]) => this.#event(tag, at)));
      } catch (error) {
        for (const [tag, at] of unsent) if (!this.#unsent.has(tag)) this.#unsent.set(tag, at);
        throw error;
      }
      this.announced(unsent.map(([tag]) => tag));
    }, undefined);
  }

  /** @param {string} tag @param {number} at @returns {[string, TagEvent]} */
  #event(tag, at) {
    const { stale, expired } = this.manifest.get(tag) ?? {};
    const { offset } = this.connection;
    return [tag, { at: at + offset, stale: stale && stale + offset, expired: expired && expired + offset }];
  }
}
