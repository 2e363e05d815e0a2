import { createHash } from 'node:crypto';
import { newStamp, pack, unpack } from './packing.js';

/**
 * Next's cache handler for `use cache` and `use cache: remote`.
 *
 * @typedef {{tags: string[], stale: number, timestamp: number, expire: number, revalidate: number}} About
 * @typedef {{about: About, bytes: Uint8Array, stamp: string}} Result
 */

/** Seconds that a result stays at most, as of a page. */
const LONGEST = 30 * 86_400;

/**
 * @param {Pick<import('./responses.js').Shared, 'connection'|'tags'|'manifest'>} shared
 * @param {import('./memory.js').Memory<Result>} memory
 */
export function resultCache({ connection, tags, manifest }, memory) {
  /** @type {Map<string, Promise<void>>} results that are being made */
  const pending = new Map();

  return { get, set, refreshTags: () => tags.refresh([]), getExpiration, updateTags, expireTags: (/** @type {any[]} */ ...given) => updateTags(given.flat()) };

  /** @param {string} cacheKey @returns {Promise<any>} */
  async function get(cacheKey) {
    await pending.get(cacheKey);
    const key = nameOf(cacheKey);
    const own = memory.get(key);
    const found = own && isGood(own) ? own : ((await load(key, own)) ?? own);
    if (!found) return undefined;
    const { about, bytes } = found;
    if (!tags.knows(about.tags)) await tags.refresh(about.tags);
    const now = Date.now();
    if (now > about.timestamp + about.expire * 1000 || manifest.areExpired(about.tags, about.timestamp)) return undefined;
    // Negative: serve it once more and make a new one.
    const revalidate = manifest.areStale(about.tags, about.timestamp) ? -1 : about.revalidate;
    return { ...about, revalidate, value: streamOf(bytes) };
  }

  /** One that need not be looked for elsewhere. @param {Result} result */
  function isGood({ about }) {
    return Date.now() <= about.timestamp + about.revalidate * 1000 && tags.knows(about.tags) && !manifest.areExpired(about.tags, about.timestamp) && !manifest.areStale(about.tags, about.timestamp);
  }

  /** @param {string} cacheKey @param {Promise<any>} pendingEntry */
  async function set(cacheKey, pendingEntry) {
    let made = () => {};
    pending.set(cacheKey, new Promise((resolve) => (made = () => resolve(undefined))));
    try {
      const { value, tags: own, stale, timestamp, expire, revalidate } = await pendingEntry;
      if (expire === 0) return; // Next makes such a result anew each time
      const about = { tags: own, stale, timestamp, expire, revalidate };
      const bytes = new Uint8Array(await new Response(value).arrayBuffer());
      const [key, stamp] = [nameOf(cacheKey), newStamp()];
      memory.set(key, { about, bytes, stamp }, bytes.length);
      made();
      const packed = pack(stamp, { ...about, timestamp: timestamp + connection.offset }, [bytes]);
      await connection.use((store) => store.write(key, true, packed, Math.ceil(Math.max(1, Math.min(expire, LONGEST)))), undefined);
    } catch {
      // The result could not be made: who asked for it has been told.
    } finally {
      made();
      pending.delete(cacheKey);
    }
  }

  /** @param {string} key @param {Result} [own] @returns {Promise<Result|null>} */
  async function load(key, own) {
    const packed = await connection.use((store) => store.read(key, true, own?.stamp), null);
    const unpacked = packed && unpack(packed);
    if (!unpacked) return null;
    const { tags: named, stale, timestamp, expire, revalidate } = unpacked.header;
    const about = { tags: named, stale, timestamp: timestamp - connection.offset, expire, revalidate };
    if (own && about.timestamp < own.about.timestamp) return null; // its own was made while the server was away
    const result = { about, bytes: unpacked.blobs[0], stamp: unpacked.stamp };
    memory.set(key, result, packed.byteLength);
    return result;
  }

  /** When the newest of the tags was revalidated; 15.5 gives them one by one. @param {any[]} given */
  async function getExpiration(...given) {
    const wanted = given.flat();
    if (!tags.knows(wanted)) await tags.refresh(wanted);
    return Math.max(0, ...wanted.map((tag) => manifest.get(tag)?.expired ?? 0));
  }

  /** @param {string[]} given @param {{expire?: number}} [durations] seconds; none: at once */
  async function updateTags(given, durations) {
    const now = Date.now();
    for (const tag of given) {
      const { stale, expired } = manifest.get(tag) ?? {};
      if (!durations) manifest.set(tag, { stale, expired: now });
      else manifest.set(tag, { stale: now, expired: durations.expire === undefined ? expired : now + durations.expire * 1000 });
    }
    await tags.announce(given);
  }
}

/** Keys hold the arguments, and may be long. @param {string} cacheKey */
const nameOf = (cacheKey) => `use:${createHash('sha256').update(cacheKey).digest('base64url')}`;

/** @param {Uint8Array} bytes */
function streamOf(bytes) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
