import { createHash } from 'node:crypto';
import { STAMP_LENGTH } from './packing.js';

/**
 * What the replicas share, in a bucket:
 *
 *     <path>/<prefix>/keep/tags.json          the newest event of every tag
 *     <path>/<prefix>/keep/<build>/born       when the first replica of the build started
 *     <path>/<prefix>/entries/…               pages, fetches, results; a lifecycle rule of the bucket removes old ones
 *     <path>/<prefix>/entries/all/paths/<tag>/<path>   empty: where pages with the tag are found, for a CDN
 *
 * A question is one conditional GET, mostly answered by 304. Writing tags.json needs conditional writes (AWS S3, R2,
 * MinIO, Ceph from Squid on, versitygw).
 *
 * @typedef {import('./redis-store.js').TagEvent} TagEvent
 */

/** Milliseconds; slower than a server of one's own. */
const TIMEOUT = 2_000;
/** Attempts to write tags.json when others write it, too. */
const ATTEMPTS = 20;
/** Milliseconds that a tag's event is kept, as in Redis. */
const TAG_AGE = 366 * 86_400_000;
/** Seconds that a signed address holds. */
const SIGNED_FOR = 60;
/** The Date header tells seconds: clocks that differ by less are one. */
const CLOCK = 2_000;
/** Versions of entries whose ETag is known. */
const KNOWN = 10_000;
/** Milliseconds after which a note is written again, before a lifecycle rule takes it. */
const NOTED_FOR = 86_400_000;

export class S3Store {
  timeout = TIMEOUT;
  /** @type {any} */
  #client;
  /** @type {Map<string, string>} stamp -> ETag */
  #etags = new Map();
  /** @type {Map<string, number>} name of a note -> when it was written */
  #notes = new Map();

  /** @param {import('./settings.js').CacheSettings} settings @param {string} build @param {() => number} since when this build is known to run, ms */
  constructor({ url, prefix }, build, since) {
    const { hostname, pathname, searchParams, username, password } = new URL(url);
    // Clients do not agree how to sign other characters.
    this.folder = [pathname.replaceAll(/^\/+|\/+$/g, ''), prefix.replaceAll(/[^\w./-]/g, '-')].filter(Boolean).join('/');
    this.build = build;
    this.since = since;
    this.options = {
      bucket: hostname,
      endpoint: searchParams.get('endpoint') ?? undefined,
      region: searchParams.get('region') ?? undefined,
      ...(username ? { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) } : {}),
    };
  }

  async open() {
    this.#client ??= new /** @type {any} */ (globalThis).Bun.S3Client(this.options);
    const name = `keep/${this.build}/born`;
    const found = await this.#ask('GET', name);
    const text = await found.text();
    const now = clockOf(found);
    const ours = Math.min(this.since(), now);
    const born = found.status === 404 ? Infinity : Number(text);
    if (ours < born) await this.#ask('PUT', name, { body: String(ours) });
    return { now, born: Math.min(born, ours), cursor: '' };
  }

  close() {}

  /** @param {string} cursor ETag of the tags that are known @returns {Promise<{events: [string, TagEvent][], cursor: string, missed: boolean}>} */
  async changes(cursor) {
    const { events, etag } = await this.#tags(cursor);
    return { events: Object.entries(events), cursor: etag, missed: false };
  }

  /** @param {string} known @returns {Promise<{events: Record<string, TagEvent>, etag: string}>} */
  async #tags(known) {
    const answer = await this.#ask('GET', 'keep/tags.json', { headers: known ? { 'if-none-match': known } : {} });
    if (answer.status === 200) return { events: /** @type {any} */ (await answer.json()), etag: answer.headers.get('etag') ?? '' };
    await answer.body?.cancel();
    return { events: {}, etag: answer.status === 304 ? known : '' };
  }

  /** @param {[string, TagEvent][]} added */
  async announce(added) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { events, etag } = await this.#tags('');
      const oldest = Date.now() - TAG_AGE;
      const merged = Object.fromEntries(Object.entries(events).filter(([, { at }]) => at > oldest));
      for (const [tag, event] of added) if ((merged[tag]?.at ?? 0) <= event.at) merged[tag] = event;
      /** @type {Record<string, string>} */
      const headers = etag ? { 'if-match': etag } : { 'if-none-match': '*' };
      if ((await this.#ask('PUT', 'keep/tags.json', { headers, body: JSON.stringify(merged) })).ok) return;
    }
    throw new Error(`keep/tags.json was written by others ${ATTEMPTS} times`);
  }

  /** @param {string} key @param {boolean} ofBuild */
  #name(key, ofBuild) {
    const [kind, ...rest] = key.split(':');
    return `entries/${ofBuild ? this.build : 'all'}/${kind}/${createHash('sha256').update(rest.join(':')).digest('hex')}`;
  }

  /**
   * @param {string} key @param {boolean} ofBuild @param {string} [stamp] of the version that is at hand
   * @returns {Promise<Uint8Array|null>} null: there is none, or the one at hand is the newest
   */
  async read(key, ofBuild, stamp) {
    const known = stamp === undefined ? undefined : this.#etags.get(stamp);
    const answer = await this.#ask('GET', this.#name(key, ofBuild), { headers: known ? { 'if-none-match': known } : {} });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) return null;
    const newest = Buffer.from(bytes.subarray(0, STAMP_LENGTH)).toString('latin1');
    this.#remember(newest, answer);
    return newest === stamp ? null : bytes;
  }

  /** @param {string} key @param {boolean} ofBuild @param {Uint8Array} bytes */
  async write(key, ofBuild, bytes) {
    const answer = await this.#ask('PUT', this.#name(key, ofBuild), { body: bytes });
    this.#remember(Buffer.from(bytes.subarray(0, STAMP_LENGTH)).toString('latin1'), answer);
  }

  /** @param {string[]} tags @param {string[]} paths where a page with these tags is found */
  async note(tags, paths) {
    const names = tags.flatMap((tag) => paths.map((path) => `${folderOf(tag)}${Buffer.from(path).toString('base64url')}`));
    const now = Date.now();
    const wanted = names.filter((name) => (this.#notes.get(name) ?? 0) < now - NOTED_FOR);
    await Promise.all(wanted.map((name) => this.#ask('PUT', name, { body: '' })));
    if (this.#notes.size + wanted.length > KNOWN) this.#notes.clear();
    for (const name of wanted) this.#notes.set(name, now);
  }

  /** @param {string[]} tags @returns {Promise<string[]>} */
  async noted(tags) {
    return (await Promise.all(tags.map((tag) => this.#listed(`${this.folder}/${folderOf(tag)}`)))).flat();
  }

  /** @param {string} prefix */
  async #listed(prefix) {
    /** @type {string[]} */
    const found = [];
    for (let startAfter = ''; ; ) {
      const page = await this.#client.list({ prefix, maxKeys: 1000, ...(startAfter ? { startAfter } : {}) });
      const keys = (page.contents ?? []).map((/** @type {{key: string}} */ { key }) => key);
      for (const key of keys) found.push(Buffer.from(key.slice(prefix.length), 'base64url').toString());
      if (!page.isTruncated) return found;
      startAfter = keys.at(-1);
    }
  }

  /** @param {string} stamp @param {Response} answer */
  #remember(stamp, answer) {
    const etag = answer.headers.get('etag');
    if (etag) this.#etags.set(stamp, etag);
    for (const oldest of this.#etags.keys()) {
      if (this.#etags.size <= KNOWN) break;
      this.#etags.delete(oldest);
    }
  }

  /**
   * Bun signs the address and not the request, so that conditions can be added to it.
   * @param {'GET'|'PUT'} method @param {string} name @param {{headers?: Record<string, string>, body?: any}} [request]
   * @returns {Promise<Response>} found, 404 there is none, 304 not newer, 412 and 409 somebody was faster
   */
  async #ask(method, name, request = {}) {
    const address = this.#client.presign(`${this.folder}/${name}`, { method, expiresIn: SIGNED_FOR });
    // Not the global fetch: Next puts its own in its place, which would ask this cache.
    const answer = await /** @type {any} */ (globalThis).Bun.fetch(address, { method, ...request, signal: AbortSignal.timeout(TIMEOUT) });
    if (answer.ok || [304, 404, 409, 412].includes(answer.status)) {
      if (answer.status !== 404 || !/NoSuchBucket/.test(await answer.clone().text())) return answer;
    }
    throw new Error(/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? `status ${answer.status}`);
  }
}

/** @param {string} tag */
const folderOf = (tag) => `entries/all/paths/${createHash('sha256').update(tag).digest('hex')}/`;

/** @param {Response} answer @returns {number} ms */
function clockOf(answer) {
  const told = Date.parse(answer.headers.get('date') ?? '');
  return Math.abs(told - Date.now()) < CLOCK || Number.isNaN(told) ? Date.now() : told;
}
