// The service worker. Bundled with the Workbox modules it imports and with PLAN (see ../plan.js) into one file.
import { clientsClaim, setCacheNameDetails } from 'workbox-core';
import { ExpirationPlugin } from 'workbox-expiration';
import { enable as enableNavigationPreload } from 'workbox-navigation-preload';
import { matchPrecache, precache } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkOnly, StaleWhileRevalidate } from 'workbox-strategies';

const { scope, version, entries, pages, offline } = PLAN;

/** Scope in front: two apps of one origin must not delete each other's caches. Version at the end: one set a build. */
const family = `nextcore:${scope}`;
const cacheName = (kind) => `${family}-${kind}-${version}`;
setCacheNameDetails({ prefix: family, precache: 'shell', runtime: 'other', suffix: version });

// At once, also for open tabs: their own build's files stay on the server, so they need no old caches.
self.skipWaiting();
clientsClaim();
enableNavigationPreload();
precache(entries);

self.addEventListener('install', (event) => event.waitUntil(Promise.all(Object.values(pages).map(fetchPage))));

/** One that fails, or leads elsewhere at this deployment, must not keep the worker from being installed. @param {string} url */
async function fetchPage(url) {
  try {
    const response = await fetch(new Request(url, { cache: 'reload', credentials: 'same-origin' }));
    if (response.ok && !response.redirected) await (await caches.open(cacheName('pages'))).put(url, response);
  } catch {
    // it comes from the server, or is offline.html
  }
}

self.addEventListener('activate', (event) => event.waitUntil(deleteOldCaches()));

async function deleteOldCaches() {
  const old = (await caches.keys()).filter((name) => name.startsWith(`${family}-`) && !name.endsWith(`-${version}`));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** What a server calls private, or different for each visitor, is not kept. Neither are errors and endless streams. */
const storable = {
  cacheWillUpdate: async ({ response }) => {
    const header = (name) => response.headers.get(name) ?? '';
    const personal = /no-store|private/i.test(header('cache-control')) || /\*|cookie|authorization/i.test(header('vary'));
    return response.status === 200 && !personal && !/text\/event-stream/i.test(header('content-type')) ? response : null;
  },
};

/** Visitors of one browser, told apart by their Authorization header; only its hash is kept. */
const perVisitor = {
  cacheKeyWillBeUsed: async ({ request }) => {
    const authorization = request.headers.get('authorization');
    if (!authorization) return request.url;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(authorization)));
    const url = new URL(request.url);
    url.searchParams.set('nextcore-visitor', Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join(''));
    return url.href;
  },
};

const DAY = 24 * 60 * 60;
/** @param {number} maxEntries @param {number} maxAgeSeconds */
const expire = (maxEntries, maxAgeSeconds) => new ExpirationPlugin({ maxEntries, maxAgeSeconds, purgeOnQuotaError: true });

// registerRoute takes GET alone: no other method is ever answered here, or delayed by this worker.

registerRoute(
  ({ request }) => request.mode === 'navigate',
  new NetworkOnly({ plugins: [{ handlerDidError: async ({ request }) => (await shellPage(request.url)) ?? matchPrecache(offline) }] }),
);

/** A page made at build, under the URL it has here: with or without a slash at its end, any query. @param {string} address */
async function shellPage(address) {
  const path = new URL(address).pathname.replace(/(.)\/$/, '$1');
  return pages[path] && caches.match(pages[path], { cacheName: cacheName('pages'), ignoreVary: true });
}

registerRoute(
  ({ request, url, sameOrigin }) => sameOrigin && isApi(url.pathname) && isPlain(request),
  new StaleWhileRevalidate({ cacheName: cacheName('api'), plugins: [perVisitor, storable, expire(200, 5 * 60)] }),
);

/** Who is signed in must never come from a cache. @param {string} path */
const isApi = (path) => path.startsWith(`${scope}api/`) && !path.startsWith(`${scope}api/auth/`);

/** @param {Request} request */
const isPlain = (request) =>
  !['no-store', 'reload', 'no-cache'].includes(request.cache) && !request.headers.has('range') && !/text\/event-stream/.test(request.headers.get('accept') ?? '');

registerRoute(({ request }) => request.destination === 'image', new CacheFirst({ cacheName: cacheName('images'), plugins: [storable, expire(100, 30 * DAY)] }));

registerRoute(({ request }) => request.destination === 'font', new CacheFirst({ cacheName: cacheName('fonts'), plugins: [fromShell(), storable, expire(30, 365 * DAY)] }));

registerRoute(
  ({ url }) => url.pathname.includes('/_next/static/'),
  new CacheFirst({ cacheName: cacheName('static'), plugins: [fromShell(), storable, expire(300, 365 * DAY)] }),
);

/** A file of the shell is answered from there, and not stored twice. */
function fromShell() {
  return { cachedResponseWillBeUsed: async ({ request, cachedResponse }) => cachedResponse ?? (await matchPrecache(request.url)) ?? null };
}
