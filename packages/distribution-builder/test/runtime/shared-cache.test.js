import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection } from '../../src/runtime/shared-cache/connection.js';
import { Memory } from '../../src/runtime/shared-cache/memory.js';
import { STAMP_LENGTH, newStamp, pack, packResponse, unpack, unpackResponse } from '../../src/runtime/shared-cache/packing.js';
import { lifetime, responseCache } from '../../src/runtime/shared-cache/responses.js';
import { cacheSettings } from '../../src/runtime/shared-cache/settings.js';
import { Tags } from '../../src/runtime/shared-cache/tags.js';

test('settings: none, one, and a wrong one that is told without its password', () => {
  assert.equal(cacheSettings({}, 'shop'), null);
  assert.equal(cacheSettings({ NEXTCORE_CACHE_URL: '' }, 'shop'), null);
  const url = 'rediss://user:word@cache.example.com:6380/2';
  assert.deepEqual(cacheSettings({ NEXTCORE_CACHE_URL: url }, 'shop'), { kind: 'redis', url, shown: 'rediss://cache.example.com:6380', prefix: 'nextcore:shop' });
  assert.equal(cacheSettings({ NEXTCORE_CACHE_URL: url, NEXTCORE_CACHE_PREFIX: 'prod:shop' }, 'shop')?.prefix, 'prod:shop');
  assert.deepEqual(cacheSettings({ NEXTCORE_CACHE_URL: 's3://key:word@bucket/path?region=eu-1' }, 'shop'), { kind: 's3', url: 's3://key:word@bucket/path?region=eu-1', shown: 's3://bucket', prefix: 'nextcore:shop' });
  for (const wrong of ['memcached://:word@cache', 'cache:6379', 'redis://', ':word@cache']) {
    assert.throws(() => cacheSettings({ NEXTCORE_CACHE_URL: wrong }, 'shop'), (/** @type {Error} */ error) => /NEXTCORE_CACHE_URL: .*redis:\/\/cache:6379/.test(error.message) && !error.message.includes('word'));
  }
});

test('packing: every kind of answer comes back as it was', () => {
  const bytes = Buffer.from([0, 255, 10, 13, 200]);
  /** @type {any[]} */
  const values = [
    null,
    { kind: 'APP_PAGE', html: '<p>ä€😀</p>', rscData: bytes, headers: { 'x-next-cache-tags': 'a,b' }, status: 200, postponed: 'later', segmentData: new Map([['/_tree', bytes], ['/ä', Buffer.alloc(0)]]) },
    { kind: 'APP_PAGE', html: '', rscData: undefined, headers: {}, status: 404, segmentData: new Map() },
    { kind: 'APP_ROUTE', body: bytes, headers: { 'content-type': 'image/png' }, status: 201 },
    { kind: 'PAGES', html: '<p>', pageData: { html: 'x', nested: [1, null] }, headers: {}, status: 200 },
    { kind: 'FETCH', data: { headers: { a: 'b' }, body: 'Ym9keQ==', status: 200, url: 'http://x' }, revalidate: 60 },
    { kind: 'REDIRECT', props: { pageProps: {} } },
  ];
  for (const value of values) {
    const stamp = newStamp();
    const unpacked = unpack(packResponse(stamp, { value, lastModified: 17, cacheControl: { revalidate: 1, expire: 2 } }));
    assert.equal(unpacked?.stamp, stamp);
    const back = unpackResponse(/** @type {any} */ (unpacked));
    assert.deepEqual(back, { value: value && strip(value), lastModified: 17, cacheControl: { revalidate: 1, expire: 2 } });
  }
});

/** Without what is undefined. @param {any} value */
const strip = (value) => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));

test('packing: a stamp has one length, and cut or foreign bytes are nothing', () => {
  for (let i = 0; i < 1_000; i++) assert.equal(newStamp().length, STAMP_LENGTH);
  const whole = pack(newStamp(), { a: 1 }, [Buffer.from('abc'), Buffer.from('')]);
  assert.deepEqual(unpack(whole)?.blobs.map(String), ['abc', '']);
  for (let length = 0; length < whole.length; length++) assert.equal(unpack(whole.subarray(0, length)), null);
  assert.equal(unpack(Buffer.concat([whole, Buffer.from('x')])), null);
  assert.equal(unpack(Buffer.alloc(100, 'x')), null);
});

test('memory: what was used last stays, up to a size', () => {
  const memory = new Memory(10);
  for (const key of ['a', 'b', 'c']) memory.set(key, key, 3);
  assert.equal(memory.get('a'), 'a');
  memory.set('d', 'd', 3);
  assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => memory.get(key)), ['a', undefined, 'c', 'd']);
  memory.set('a', 'A', 4);
  memory.set('large', 'large', 11);
  assert.deepEqual(['a', 'c', 'd', 'large'].map((key) => memory.get(key)), ['A', 'c', 'd', undefined]);
});

test('lifetime: pages without end a year, timed ones a month or until they expire, fetches by their time', () => {
  const day = 86_400;
  assert.equal(lifetime({ value: {}, cacheControl: { revalidate: false, expire: undefined } }), 365 * day);
  assert.equal(lifetime({ value: {}, cacheControl: { revalidate: 60, expire: 365 * day } }), 30 * day);
  assert.equal(lifetime({ value: {}, cacheControl: { revalidate: 60 } }), 30 * day);
  assert.equal(lifetime({ value: {}, cacheControl: { revalidate: 60, expire: 300 } }), 300);
  assert.deepEqual([60, day, 20 * day].map((revalidate) => lifetime({ value: { revalidate } })), [day, 10 * day, 30 * day]);
  assert.equal(lifetime({ value: { revalidate: 31_536_000 } }), 365 * day);
});

/** A server in memory, whose clock may differ and which may fail. @param {{ahead?: number}} [options] */
function server({ ahead = 0 } = {}) {
  /** @type {[string, any][]} */
  const log = [];
  const state = { fails: '', asked: /** @type {string[][]} */ ([]), opened: 0, ahead };
  const check = () => {
    if (state.fails) throw new Error(state.fails);
  };
  const store = {
    state,
    log,
    async open() {
      check();
      state.opened++;
      return { now: Date.now() + ahead, born: 0, cursor: String(log.length) };
    },
    close() {},
    async changes(/** @type {string} */ cursor, /** @type {string[]} */ tags) {
      check();
      state.asked.push(tags);
      const named = tags.flatMap((tag) => log.filter(([name]) => name === tag).slice(-1));
      return { events: [...log.slice(Number(cursor)), ...named], cursor: String(log.length), missed: false };
    },
    async announce(/** @type {[string, any][]} */ events) {
      check();
      log.push(...events);
    },
  };
  return store;
}

/** @param {ReturnType<typeof server>} store */
function replica(store) {
  /** @type {string[]} */
  const lines = [];
  const times = new Map();
  const after = (/** @type {string} */ which) => (/** @type {string[]} */ tags, /** @type {number} */ since) => tags.some((tag) => times.get(tag)?.[which] > since && times.get(tag)[which] <= Date.now() + 1);
  const manifest = { get: (/** @type {string} */ tag) => times.get(tag), set: (/** @type {string} */ tag, /** @type {any} */ value) => void times.set(tag, value), areExpired: after('expired'), areStale: after('stale') };
  /** @type {Tags} */
  let tags;
  const connection = new Connection(/** @type {any} */ (store), 'redis://cache', { onOpen: ({ cursor }) => tags.restart(cursor), log: (line) => lines.push(line) });
  tags = new Tags(connection, manifest);
  /** @param {string} tag @param {number} [at] */
  const expire = (tag, at = Date.now()) => (manifest.set(tag, { expired: at }), tags.announce([tag]));
  return { connection, tags, manifest, lines, expire };
}

test('tags: what one expires the other knows at its next question, of tags known and unknown', async () => {
  const store = server();
  const [a, b] = [replica(store), replica(store)];
  await b.tags.refresh(['known']);
  const since = Date.now() - 1;
  await a.expire('known');
  await a.expire('unknown');
  assert.equal(b.manifest.areExpired(['known'], since), false);
  await b.tags.refresh(['known']);
  assert.equal(b.manifest.areExpired(['known'], since), true);
  const late = replica(store);
  await late.tags.refresh(['unknown']);
  assert.equal(late.manifest.areExpired(['unknown'], since), true);
  assert.equal(late.manifest.areExpired(['known'], since), false, 'never asked for');
});

test('tags: a tag is asked for by name once, and questions of one moment are one', async () => {
  const store = server();
  const a = replica(store);
  await Promise.all([a.tags.refresh(['x', 'y']), a.tags.refresh(['y', 'z']), a.tags.refresh([])]);
  await a.tags.refresh(['x', 'new']);
  assert.deepEqual(store.state.asked, [['x', 'y', 'z'], ['new']]);
});

test('tags: clocks that differ by a minute make no difference', async () => {
  const store = server({ ahead: 60_000 });
  const [a, b] = [replica(store), replica(store)];
  await b.tags.refresh(['x']);
  await a.tags.refresh([]);
  const before = Date.now() - 1;
  await a.expire('x');
  assert.ok(Math.abs(store.log[0][1].expired - Date.now() - 60_000) < 1_000);
  await b.tags.refresh(['x']);
  assert.equal(b.manifest.areExpired(['x'], before), true);
  assert.equal(b.manifest.areExpired(['x'], Date.now() + 10), false);
});

test('tags: an older event does not take the place of a newer one', async () => {
  const store = server();
  const a = replica(store);
  await a.expire('x');
  const { expired } = a.manifest.get('x');
  store.log.push(['x', { at: expired - 5_000, stale: expired - 5_000, expired: expired + 60_000 }]);
  await a.tags.refresh(['x']);
  assert.deepEqual(a.manifest.get('x'), { stale: undefined, expired });
});

test('tags: what was expired while the server was away is told when it is back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = server();
  const [a, b] = [replica(store), replica(store)];
  await b.tags.refresh(['x']);
  store.state.fails = 'gone';
  const since = Date.now() - 1;
  await a.expire('x');
  assert.equal(store.log.length, 0);
  store.state.fails = '';
  t.mock.timers.tick(1_000);
  while (store.log.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await b.tags.refresh(['x']);
  assert.equal(b.manifest.areExpired(['x'], since), true);
});

test('connection: a server that is away is said once, is not asked meanwhile, and is tried again after growing pauses', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = server();
  const a = replica(store);
  const attempts = t.mock.method(store, 'open');
  store.state.fails = 'ECONNREFUSED';
  for (let i = 0; i < 5; i++) assert.equal(await a.connection.use(async () => 'answer', 'without'), 'without');
  assert.equal(attempts.mock.callCount(), 1);
  const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  for (const [pause, expected] of [[999, 1], [1, 2], [1_999, 2], [1, 3], [4_000, 4], [8_000, 5], [14_999, 5], [1, 6]]) {
    t.mock.timers.tick(pause);
    await settle();
    assert.equal(attempts.mock.callCount(), expected);
  }
  assert.equal(a.lines.length, 1);
  assert.match(a.lines[0], /redis:\/\/cache is away \(ECONNREFUSED\)/);
  store.state.fails = '';
  t.mock.timers.tick(15_000);
  await settle();
  assert.equal(await a.connection.use(async () => 'answer', 'without'), 'answer');
  assert.match(a.lines[1], /answers again/);
});

test('connection: a command that is refused does not close it, and is said once', async () => {
  const store = server();
  const a = replica(store);
  const refused = async () => {
    throw new Error("OOM command not allowed when used memory > 'maxmemory'.");
  };
  for (let i = 0; i < 3; i++) assert.equal(await a.connection.use(refused, 'without'), 'without');
  assert.equal(await a.connection.use(async () => 'answer', 'without'), 'answer');
  assert.equal(store.state.opened, 1);
  assert.deepEqual(a.lines.map((line) => /refuses: OOM/.test(line)), [true]);
});

test('connection: an answer that does not come costs half a second once', async () => {
  const a = replica(server());
  const start = performance.now();
  assert.equal(await a.connection.use(() => new Promise(() => {}), 'without'), 'without');
  const took = performance.now() - start;
  assert.ok(took >= 499 && took < 2_000, String(took));
  assert.match(a.lines[0], /no answer in 500 ms/);
});

test('responses: what was made while the server was away is not replaced by what it still has, and is written then', async () => {
  /** @type {Map<string, Uint8Array>} */
  const entries = new Map();
  const store = Object.assign(server(), {
    async read(/** @type {string} */ key, /** @type {boolean} */ _ofBuild, /** @type {string} */ stamp) {
      const bytes = entries.get(key);
      return !bytes || Buffer.from(bytes.subarray(0, STAMP_LENGTH)).toString() === stamp ? null : bytes;
    },
    async write(/** @type {string} */ key, /** @type {boolean} */ _ofBuild, /** @type {Uint8Array} */ bytes) {
      if (store.state.fails) throw new Error(`OOM ${store.state.fails}`); // refused: the connection stays
      entries.set(key, bytes);
    },
  });
  class Files {
    async get() {
      return null;
    }
  }
  const replicaOf = () => {
    const { connection, tags, manifest } = replica(store);
    return new (responseCache({ connection, tags, manifest, memory: new Memory(1e6), Files, builtAt: () => 0, remember() {} }))({});
  };
  const [a, b] = [replicaOf(), replicaOf()];
  const page = (/** @type {string} */ html) => ({ kind: 'PAGES', html, pageData: {}, headers: {}, status: 200 });
  const html = async (/** @type {typeof a} */ of) => (await of.get('/x', { kind: 'PAGES' }))?.value.html;
  await a.set('/x', page('old'), {});
  assert.equal(await html(b), 'old');
  store.state.fails = 'full';
  for (const start = Date.now(); Date.now() === start; ); // entries are told apart by the millisecond
  await a.set('/x', page('new'), {});
  store.state.fails = '';
  assert.equal(await html(b), 'old');
  assert.equal(await html(a), 'new');
  assert.equal(await html(b), 'new');
});
