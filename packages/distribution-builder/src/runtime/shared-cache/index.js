import http from 'node:http';
import { ROOT, data } from '../data.js';
import { countFrom, countedFrom } from '../files.js';
import { makeRequire } from '../modules.js';
import { Connection } from './connection.js';
import { Memory } from './memory.js';
import { RedisStore } from './redis-store.js';
import { responseCache } from './responses.js';
import { S3Store } from './s3-store.js';
import { Tags } from './tags.js';
import { resultCache } from './use-cache.js';

/** Bytes, where next.config gives no cacheMaxMemorySize: Next's own default. 0 means "on disk only", and there is none. */
const MEMORY = 50 << 20;

/**
 * Where Next looks for cache handlers of the platform. What next.config names itself goes before them, and edge
 * functions are handed the cache of the server. Next 15.5 to 16.4.
 */
const HANDLERS = Symbol.for('@next/cache-handlers');

/**
 * NEXTCORE_CACHE_URL. Nothing is loaded or connected before Next asks for the first entry.
 * @param {import('./settings.js').CacheSettings} settings
 * @returns {{flush: () => Promise<void>}} flush: for a process that ends
 */
export function shareCache(settings) {
  /** @type {ReturnType<typeof make>|undefined} */
  let made;
  const parts = () => (made ??= make(settings));
  /** @param {'get'|'set'|'refreshTags'|'getExpiration'|'updateTags'|'expireTags'} name */
  const later = (name) => (/** @type {any[]} */ ...args) => /** @type {Function} */ (parts().results[name])(...args);
  const results = { get: later('get'), set: later('set'), refreshTags: later('refreshTags'), getExpiration: later('getExpiration'), updateTags: later('updateTags'), expireTags: later('expireTags') };
  function FetchCache(/** @type {any} */ options) {
    return new (parts().Responses)(options);
  }
  holdAnswers(() => made?.announcing());
  /** @type {any} */ (globalThis)[HANDLERS] = { FetchCache, DefaultCache: results, RemoteCache: results };
  return { flush: async () => made?.edge?.flush() };
}

/** @param {import('./settings.js').CacheSettings} settings */
function make(settings) {
  const next = makeRequire(`${ROOT}${data.at.next}/package.json`);
  const folder = './dist/server/lib/incremental-cache';
  const manifest = manifestOf(next(`${folder}/tags-manifest.external.js`));
  const { SharedCacheControls } = next(`${folder}/shared-cache-controls.external.js`);
  const limit = JSON.parse(data.config).cacheMaxMemorySize || MEMORY;
  const store = new { redis: RedisStore, s3: S3Store }[settings.kind](settings, data.build, countedFrom);
  const connection = new Connection(store, settings.shown, {
    onOpen({ born, cursor }) {
      // Of a page made at build nobody knows when: it counts as old as the build's first replica, on all replicas.
      countFrom(new Date(Math.min(born - connection.offset, Date.now())));
      tags.restart(cursor);
    },
  });
  const cdn = settings.distribution ? edgeOf(settings.distribution, connection) : undefined;
  const tags = new Tags(connection, manifest, cdn?.revalidated);
  const remember = (/** @type {string} */ key, /** @type {any} */ cacheControl) => SharedCacheControls.prototype.set(key, cacheControl);
  const Files = next(`${folder}/file-system-cache.js`).default;
  const shared = { connection, tags, manifest, memory: new Memory(limit), Files, builtAt: countedFrom, remember, ...(cdn ? { edge: cdn } : {}) };
  return { Responses: responseCache(shared), results: resultCache(shared, new Memory(limit)), announcing: () => tags.announcing, edge: cdn };
}

/** Loaded only where there is a CDN. @param {string} distribution @param {Connection<import('./redis-store.js').Store>} connection @returns {import('./cdn/index.js').Edge} */
function edgeOf(distribution, connection) {
  return require('./cdn/index.js').edge(distribution, (/** @type {string[]} */ tags) => connection.use((store) => store.noted(tags), []));
}

/**
 * Next ends the answer of a route handler that has called revalidateTag without waiting for the cache. Whoever gets the
 * end of it may ask another replica at once, so the end waits until that one can know.
 * @param {() => Promise<void>|undefined} announcing
 */
function holdAnswers(announcing) {
  /** @type {any} */
  const prototype = http.ServerResponse.prototype;
  const { end } = prototype;
  prototype.end = function (/** @type {any[]} */ ...args) {
    const told = announcing();
    if (!told) return end.apply(this, args);
    told.finally(() => end.apply(this, args));
    return this;
  };
}

/**
 * Next's manifest of tags: since 16 with two times for each tag, in 15.5 with one.
 * @param {any} module @returns {import('./tags.js').Manifest}
 */
function manifestOf({ tagsManifest, areTagsExpired, areTagsStale, isStale }) {
  if (areTagsExpired) return { get: (tag) => tagsManifest.get(tag), set: (tag, times) => tagsManifest.set(tag, times), areExpired: areTagsExpired, areStale: areTagsStale };
  return {
    get: (tag) => (tagsManifest.has(tag) ? { expired: tagsManifest.get(tag) } : undefined),
    set: (tag, { expired, stale }) => tagsManifest.set(tag, Math.max(expired ?? 0, stale ?? 0)),
    areExpired: isStale,
    areStale: () => false,
  };
}
