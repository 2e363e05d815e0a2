import { newStamp, packResponse, unpack, unpackResponse } from './packing.js';

/**
 * Next's cache handler for pages, answers of route handlers and fetches: memory first, then the shared cache, then the
 * files that were prerendered at build. Next makes one for each request.
 *
 * @typedef {import('./packing.js').Response} Response
 * @typedef {object} Kept
 * @property {Response} response
 * @property {string} [stamp] of the shared cache; none: it was prerendered
 * @property {number} [since] when it counted as prerendered
 *
 * @typedef {object} Shared
 * @property {import('./connection.js').Connection<import('./redis-store.js').Store>} connection
 * @property {import('./tags.js').Tags} tags
 * @property {import('./memory.js').Memory<Kept>} memory
 * @property {import('./tags.js').Manifest} manifest
 * @property {new (options: any) => any} Files Next's own handler; it reads the prerendered files
 * @property {() => number} builtAt when prerendered files count as made, ms
 * @property {import('./cdn/index.js').Edge} [edge] a CDN that keeps pages
 * @property {(key: string, cacheControl: any) => void} remember a route's lifetime, where Next keeps it
 */

const TAGS_HEADER = 'x-next-cache-tags';
/** Seconds that an entry stays which names no end: a page without `revalidate` is as old as the build may get. */
const LONGEST = 365 * 86_400;
/** A page that is remade by time: what comes in its place is the one of the build, which is older. */
const TIMED = 30 * 86_400;
/** A fetch that is remade by time, of which there may be many: so many of its times, a day at least. */
const TIMES = 10;
const DAY = 86_400;
/** Milliseconds for which a request's question for revalidated tags stands. */
const ASKED_FOR = 1_000;

/** @param {Shared} shared */
export function responseCache(shared) {
  const { connection, tags, memory, manifest } = shared;

  return class SharedCache {
    #asked = 0;

    /** @param {any} options of Next */
    constructor(options) {
      this.files = new shared.Files({ ...options, flushToDisk: false, maxMemoryCacheSize: 0 });
    }

    /** @param {string} key @param {any} context @returns {Promise<Response|null>} */
    get(key, context) {
      return context.kind === 'FETCH' ? this.#fetched(key, [...(context.tags ?? []), ...(context.softTags ?? [])], context.revalidate) : this.#page(key, context);
    }

    /** @param {string} key @param {string[]} wanted @param {number|false|undefined} revalidate seconds */
    async #fetched(key, wanted, revalidate) {
      if (Date.now() - this.#asked > ASKED_FOR || !tags.knows(wanted)) {
        this.#asked = Date.now();
        await tags.refresh(wanted);
      }
      const own = memory.get(`fetch:${key}`);
      if (own && isGood(own.response, wanted, revalidate || own.response.value.revalidate)) return own.response;
      const { response } = (await load(`fetch:${key}`, false, own)) ?? own ?? {};
      return response && !manifest.areExpired(wanted, response.lastModified) ? response : null;
    }

    /** @param {string} key @param {any} context */
    async #page(key, context) {
      await connection.ready(); // which tells how old prerendered files are
      const own = memory.get(`page:${key}`) ?? (await this.#prerendered(key, context));
      const wanted = tagsOf(own?.response);
      this.#asked = Date.now();
      // In one round trip: what was revalidated, and whether another replica has remade the page.
      const [newer] = await Promise.all([load(`page:${key}`, true, own), tags.refresh(wanted)]);
      const { response } = newer ?? own ?? {};
      if (!response) return null;
      if (newer) {
        const others = tagsOf(response);
        if (!tags.knows(others)) await tags.refresh(others);
        if (response.cacheControl) shared.remember(key, response.cacheControl);
      }
      return manifest.areExpired(tagsOf(response), response.lastModified) ? null : response;
    }

    /** @param {string} key @param {any} context @returns {Promise<Kept|undefined>} */
    async #prerendered(key, context) {
      const since = shared.builtAt();
      const kept = memory.get(`file:${key}`);
      if (kept?.since === since) return kept;
      const response = await this.files.get(key, context);
      if (!response) return undefined;
      const found = { response, since };
      memory.set(`file:${key}`, found, sizeOf(response.value));
      return found;
    }

    /** @param {string} key @param {any} value @param {any} context */
    async set(key, value, context) {
      const isFetch = Boolean(context.fetchCache);
      const response = { value, lastModified: Date.now(), ...(isFetch ? {} : { cacheControl: context.cacheControl }) };
      const before = memory.get(`page:${key}`) ?? memory.get(`file:${key}`);
      const saved = save(`${isFetch ? 'fetch' : 'page'}:${key}`, !isFetch, response, newStamp());
      if (shared.edge && !isFetch) await note(shared.edge, key, response, before);
      await saved;
    }

    /** @param {string|string[]} given @param {any} [durations] */
    async revalidateTag(given, durations) {
      const revalidated = [given].flat();
      await this.files.revalidateTag(revalidated, durations); // into Next's own manifest, as this version of Next does
      if (!durations) for (const tag of revalidated) manifest.set(tag, { ...manifest.get(tag), expired: Date.now() }); // 15.5 keeps the first time
      await tags.announce(revalidated);
    }

    resetRequestCache() {}
  };

  /** Need not be looked for elsewhere. @param {Response} response @param {string[]} wanted @param {number|false|undefined} seconds */
  function isGood({ lastModified }, wanted, seconds) {
    const isOld = typeof seconds === 'number' && Date.now() - lastModified > seconds * 1000;
    return !isOld && !manifest.areExpired(wanted, lastModified) && !manifest.areStale(wanted, lastModified);
  }

  /**
   * @param {string} name @param {boolean} ofBuild @param {Kept} [own] the one at hand
   * @returns {Promise<Kept|null>} null: there is none, or none that is newer
   */
  async function load(name, ofBuild, own) {
    const bytes = await connection.use((store) => store.read(name, ofBuild, own?.stamp), null);
    const unpacked = bytes && unpack(bytes);
    if (!unpacked) return null;
    const response = unpackResponse(unpacked);
    response.lastModified -= connection.offset;
    if (own?.stamp && response.lastModified < own.response.lastModified) {
      await save(name, ofBuild, own.response, own.stamp); // made while the server was away
      return null;
    }
    const found = { response, stamp: unpacked.stamp };
    memory.set(name, found, bytes.byteLength);
    return found;
  }

  /**
   * For the CDN, which may keep the page from now on. One that comes before its time takes the place of one that somebody
   * revalidated; was that by a tag that has expired, the CDN has been told already.
   * @param {import('./cdn/index.js').Edge} edge @param {string} key @param {Response} response @param {Kept} [before]
   */
  async function note(edge, key, response, before) {
    const { tags, paths } = edge.note(key, tagsOf(response));
    if (tags.length > 0) await connection.use((store) => store.note(tags, paths), undefined);
    if (before && isGood(before.response, [], (before.response.cacheControl ?? response.cacheControl)?.revalidate) && !manifest.areExpired(tagsOf(before.response), before.response.lastModified)) edge.remade(key);
  }

  /** @param {string} name @param {boolean} ofBuild @param {Response} response @param {string} stamp */
  async function save(name, ofBuild, response, stamp) {
    const bytes = packResponse(stamp, { ...response, lastModified: response.lastModified + connection.offset });
    memory.set(name, { response, stamp }, bytes.length);
    await connection.use((store) => store.write(name, ofBuild, bytes, lifetime(response)), undefined);
  }
}

/** @param {Response} [response] @returns {string[]} */
function tagsOf(response) {
  const header = response?.value?.headers?.[TAGS_HEADER];
  return typeof header === 'string' && header !== '' ? header.split(',') : [];
}

/** @param {Pick<Response, 'value'|'cacheControl'>} response @returns {number} seconds */
export function lifetime({ value, cacheControl }) {
  const revalidate = cacheControl ? cacheControl.revalidate : value?.revalidate;
  if (typeof revalidate !== 'number' || revalidate >= LONGEST) return LONGEST;
  if (cacheControl) return Math.ceil(Math.max(1, Math.min(cacheControl.expire ?? TIMED, TIMED)));
  return Math.min(Math.max(revalidate * TIMES, DAY), TIMED);
}

/** Bytes, roughly. @param {any} value */
function sizeOf(value) {
  let size = (value?.html?.length ?? 0) + (value?.rscData?.length ?? 0) + (value?.body?.length ?? 0) + 500;
  for (const bytes of value?.segmentData?.values() ?? []) size += bytes.length;
  return size;
}
