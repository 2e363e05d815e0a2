import { STAMP_LENGTH } from './packing.js';

/**
 * What the replicas share, on Redis 6.2 or newer, or Valkey:
 *
 *     <prefix>:log                  stream of revalidated tags, read from where one read last
 *     <prefix>:tag:<tag>            the newest such event of a tag
 *     <prefix>:paths:<tag>          set: where pages with the tag are found, for a CDN
 *     <prefix>:fetch:<key>          fetches and unstable_cache: the same for every build
 *     <prefix>:<build>:born         when the first replica of the build started
 *     <prefix>:<build>:page:<key>   pages and answers of route handlers
 *     <prefix>:<build>:use:<key>    results of `use cache`
 *
 * Commands given in one tick travel together (Bun's client pipelines): one round trip.
 */

/** Events kept in the log; a replica that missed more asks for its tags anew. */
const LOG_LENGTH = 10_000;
/** Events read at once. */
const LOG_READ = 1_000;
/** A tag's event must outlive every entry older than it, prerendered files of a running build included. */
const TAG_SECONDS = 366 * 86_400;
/** Milliseconds. */
const CONNECT_TIMEOUT = 500;

/** @typedef {{at: number, stale?: number, expired?: number}} TagEvent times by the server's clock, in ms */

/** @typedef {RedisStore|import('./s3-store.js').S3Store} Store */

export class RedisStore {
  /** @type {any} */
  #client;

  /** @param {import('./settings.js').CacheSettings} settings @param {string} build @param {() => number} since when this build is known to run, ms */
  constructor({ url, prefix }, build, since) {
    this.url = url;
    this.prefix = prefix;
    this.build = build;
    this.since = since;
  }

  /**
   * @param {() => void} onClose
   * @returns {Promise<{now: number, born: number, cursor: string}>} the server's clock, ms; when the build's first
   *   replica started; end of the log
   */
  async open(onClose) {
    this.close();
    const client = new /** @type {any} */ (globalThis).Bun.RedisClient(this.url, { connectionTimeout: CONNECT_TIMEOUT, autoReconnect: false, enableOfflineQueue: false, maxRetries: 0 });
    this.#client = client;
    await client.connect();
    client.onclose = onClose;
    const [[seconds, micros], last, born] = await Promise.all([
      client.send('TIME', []),
      client.send('XREVRANGE', [`${this.prefix}:log`, '+', '-', 'COUNT', '1']),
      client.send('GET', [`${this.prefix}:${this.build}:born`]),
    ]);
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    return { now, born: await this.#bornAt(Number(born ?? Infinity), Math.min(this.since(), now)), cursor: last[0]?.[0] ?? '0-0' };
  }

  /**
   * Of two first replicas one is the first; and a server that came back empty is told what it knew.
   * @param {number} known @param {number} ours @returns {Promise<number>}
   */
  async #bornAt(known, ours) {
    if (known <= ours) return known;
    await this.#client.send('SET', [`${this.prefix}:${this.build}:born`, String(ours), 'EX', String(TAG_SECONDS)]);
    return ours;
  }

  close() {
    if (!this.#client) return;
    this.#client.onclose = null;
    this.#client.close();
    this.#client = undefined;
  }

  /**
   * @param {string} cursor @param {string[]} tags to ask for by name
   * @returns {Promise<{events: [string, TagEvent][], cursor: string, missed: boolean}>} missed: there may be more
   *   events since the cursor than these
   */
  async changes(cursor, tags) {
    const [log, found] = await Promise.all([
      this.#client.send('XRANGE', [`${this.prefix}:log`, `(${cursor}`, '+', 'COUNT', String(LOG_READ)]),
      tags.length > 0 ? this.#client.send('MGET', tags.map((tag) => `${this.prefix}:tag:${tag}`)) : [],
    ]);
    /** @type {[string, string][]} */
    const events = [];
    for (const [, fields] of log) for (let i = 0; i < fields.length; i += 2) events.push([fields[i], fields[i + 1]]);
    for (const [index, event] of found.entries()) if (event) events.push([tags[index], event]);
    if (log.length < LOG_READ) return { events: events.flatMap(parsed), cursor: log.at(-1)?.[0] ?? cursor, missed: false };
    const end = await this.#client.send('XREVRANGE', [`${this.prefix}:log`, '+', '-', 'COUNT', '1']);
    return { events: events.flatMap(parsed), cursor: end[0][0], missed: true };
  }

  /** @param {[string, TagEvent][]} events */
  async announce(events) {
    const fields = events.flatMap(([tag, event]) => [tag, JSON.stringify(event)]);
    await Promise.all([
      ...events.map(([tag, event]) => this.#client.send('SET', [`${this.prefix}:tag:${tag}`, JSON.stringify(event), 'EX', String(TAG_SECONDS)])),
      this.#client.send('XADD', [`${this.prefix}:log`, 'MAXLEN', '~', String(LOG_LENGTH), '*', ...fields]),
    ]);
  }

  /** @param {string} key @param {boolean} ofBuild */
  #name(key, ofBuild) {
    return ofBuild ? `${this.prefix}:${this.build}:${key}` : `${this.prefix}:${key}`;
  }

  /**
   * @param {string} key @param {boolean} ofBuild @param {string} [stamp] of the version that is at hand
   * @returns {Promise<Uint8Array|null>} null: there is none, or the one at hand is the newest
   */
  async read(key, ofBuild, stamp) {
    const name = this.#name(key, ofBuild);
    if (stamp !== undefined) {
      const newest = await this.#client.send('GETRANGE', [name, '0', String(STAMP_LENGTH - 1)]);
      if (newest === '' || newest === stamp) return null;
    }
    return this.#client.getBuffer(name);
  }

  /** @param {string} key @param {boolean} ofBuild @param {Uint8Array} bytes @param {number} seconds until it goes */
  async write(key, ofBuild, bytes, seconds) {
    await this.#client.send('SET', [this.#name(key, ofBuild), bytes, 'EX', String(seconds)]);
  }

  /** @param {string[]} tags @param {string[]} paths where a page with these tags is found */
  async note(tags, paths) {
    const names = tags.map((tag) => `${this.prefix}:paths:${tag}`);
    await Promise.all(names.flatMap((name) => [this.#client.send('SADD', [name, ...paths]), this.#client.send('EXPIRE', [name, String(TAG_SECONDS)])]));
  }

  /** @param {string[]} tags @returns {Promise<string[]>} */
  async noted(tags) {
    return this.#client.send('SUNION', tags.map((tag) => `${this.prefix}:paths:${tag}`));
  }
}

/** Whatever else may have been written there is passed over. @param {[string, string]} event @returns {[string, TagEvent][]} */
function parsed([tag, text]) {
  try {
    const event = JSON.parse(text);
    return typeof event.at === 'number' ? [[tag, event]] : [];
  } catch {
    return [];
  }
}
