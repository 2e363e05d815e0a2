import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { send } from '../compare/request.js';
import { startExecutable } from '../compare/servers.js';
import { folderFor } from '../support/folder.js';
import { BEFORE_16, buildFixture, noPackages } from '../support/linked-app.js';
import { noRedis, startRedis } from '../support/redis.js';
import { noS3, startS3 } from '../support/s3.js';

const skip = noPackages() || noRedis();
/** @type {[string, string|false, (t: import('node:test').TestContext) => Promise<{url: string, start: () => Promise<void>, kill: () => Promise<void>}>][]} */
const STORES = [['Redis', skip, startRedis], ['S3', noPackages() || noS3(), startS3]];
/** @type {string} */
let dist;

before(async () => {
  if (!noPackages()) dist = await buildFixture('shared-cache', folderFor('shared-cache'));
});

/** @typedef {import('../compare/servers.js').Running} Running */

/** @param {import('node:test').TestContext} t @param {string} name @param {string} url @param {NodeJS.ProcessEnv} [env] @returns {Promise<Running>} */
async function replica(t, name, url, env) {
  const server = await startExecutable(dist, { REPLICA: name, NEXTCORE_CACHE_URL: url, ...env });
  t.after(() => server.stop());
  return server;
}

/** @param {Running} server @param {string} path @param {string} [what] @returns {Promise<string>} who made it, and when */
async function made(server, path, what = 'made') {
  const { status, body } = await send(server.port, { path });
  assert.equal(status, 200, server.log());
  return new RegExp(`data-${what}="([^"]*)"`).exec(body)?.[1] ?? assert.fail(body);
}

/** @param {Running} server @param {string} query */
const touch = async (server, query) => assert.equal((await send(server.port, { path: `/api/touch?${query}`, method: 'POST' })).status, 200, server.log());

/** @template T @param {() => Promise<T>} ask @param {(answer: T) => boolean} wanted @returns {Promise<T>} */
async function until(ask, wanted, seconds = 10) {
  for (const deadline = Date.now() + seconds * 1000; ; ) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** CloudFront's side of CreateInvalidation. @param {import('node:test').TestContext} t */
async function startEdge(t) {
  /** @type {string[][]} */
  const purged = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    assert.equal(request.url, '/2020-05-31/distribution/E123/invalidation');
    assert.match(String(request.headers.authorization), /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-1\/cloudfront\/aws4_request, /);
    purged.push([...body.matchAll(/<Path>([^<]+)<\/Path>/g)].map(([, path]) => String(path)));
    response.writeHead(201).end('<Invalidation/>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => (server.closeAllConnections(), server.close()));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const env = { NEXTCORE_CDN_DISTRIBUTION: 'E123', AWS_ENDPOINT_URL_CLOUDFRONT: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'word' };
  return { purged, env, next: async () => (await until(async () => purged.length, (count) => count > 0), purged.splice(0).flat().sort()) };
}

for (const [name, skip, startStore] of STORES) {
  test(`${name}: what one replica revalidates is purged from the CDN, also pages that only the other has made`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const edge = await startEdge(t);
    const [a, b] = await Promise.all([replica(t, 'a', url, edge.env), replica(t, 'b', url, edge.env)]);
    assert.match(await made(b, '/noted/new'), /^b /);
    assert.equal(await made(b, '/tagged'), 'build');
    assert.deepEqual(edge.purged, [], 'pages that are new are at no edge');

    await touch(a, 'tag=words');
    assert.deepEqual(await edge.next(), ['/noted/new*', '/tagged*']);
    await touch(a, 'path=/path/known');
    assert.deepEqual(await edge.next(), ['/path/known*']);
    for (const path of ['/tagged', '/path/known', '/noted/new']) assert.match(await made(b, path), /^b /);

    assert.equal((await send(a.port, { path: '/api/remake?path=/classic' })).status, 200);
    assert.deepEqual(await edge.next(), ['/classic*'], 'and nothing for the pages that were remade for it');
    await touch(a, 'tag=nobody');
    await touch(a, 'path=/');
    assert.deepEqual(await edge.next(), ['/', '/?*']);
    for (const server of [a, b]) assert.doesNotMatch(server.log(), /NEXTCORE_CDN/);
  });

  test(`${name}: revalidateTag on one replica: the other serves fresh at its next request`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const [a, b] = await Promise.all([replica(t, 'a', url), replica(t, 'b', url)]);
    for (const server of [a, b]) assert.equal(await made(server, '/tagged'), 'build');
    for (let round = 0; round < 5; round++) {
      const before = await made(b, '/tagged');
      await touch(a, 'tag=words');
      const fresh = await made(b, '/tagged');
      assert.match(fresh, /^b /);
      assert.notEqual(fresh, before);
      assert.match(await made(b, '/tagged', 'word'), /^b /, 'what unstable_cache keeps is fresh as well');
      assert.equal(await made(a, '/tagged'), fresh, 'and the first takes what the other has made');
    }
  });

  test(`${name}: revalidatePath, a path that no build knew, and res.revalidate reach the other replica`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const [a, b] = await Promise.all([replica(t, 'a', url), replica(t, 'b', url)]);
    for (const server of [a, b]) assert.equal(await made(server, '/path/known'), 'build');
    await touch(a, 'path=/path/known');
    assert.match(await made(b, '/path/known'), /^b /);

    const first = await made(a, '/path/new');
    assert.match(first, /^a /);
    assert.equal(await made(b, '/path/new'), first);
    await touch(b, 'path=/path/new');
    assert.match(await made(a, '/path/new'), /^a /);

    for (const server of [a, b]) assert.equal(await made(server, '/classic'), 'build');
    assert.equal((await send(a.port, { path: '/api/remake?path=/classic' })).status, 200);
    assert.match(await made(b, '/classic'), /^a /);
  });

  test(`${name}: a page of time is remade by one replica for all`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const [a, b] = await Promise.all([replica(t, 'a', url), replica(t, 'b', url)]);
    await made(b, '/timed');
    const fresh = await until(() => made(a, '/timed'), (by) => by.startsWith('a '));
    assert.equal(await made(b, '/timed'), fresh);
  });

  test(`${name}: a replica that starts later knows what was revalidated before, and of an earlier build too`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const a = await replica(t, 'a', url);
    assert.equal(await made(a, '/tagged'), 'build');
    await touch(a, 'tag=words');
    const b = await replica(t, 'b', url);
    assert.match(await made(b, '/tagged'), /^b /);
    const c = await replica(t, 'c', url);
    assert.match(await made(c, '/tagged'), /^b /, 'the page that is kept, not the one of the build');
    const other = await replica(t, 'd', url, { NEXTCORE_CACHE_PREFIX: 'another stack' });
    assert.equal(await made(other, '/tagged'), 'build');
  });

  test(`${name}: tags that both replicas revalidate in the same moment are all kept`, { skip }, async (t) => {
    const { url } = await startStore(t);
    const [a, b] = await Promise.all([replica(t, 'a', url), replica(t, 'b', url)]);
    assert.match(await made(a, '/fetched'), /^a /);
    assert.match(await made(b, '/fetched', 'last'), /^a /, 'fetches are shared');
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((word, index) => touch(index % 2 ? a : b, `tag=fetched-${word}`)));
    const late = await replica(t, 'c', url);
    assert.match(await made(late, '/fetched'), /^c /);
    assert.match(await made(late, '/fetched', 'last'), /^c /);
  });

  test(`${name} dies: replicas go on; it comes back: they share again`, { skip }, async (t) => {
    const store = await startStore(t);
    const [a, b] = await Promise.all([replica(t, 'a', store.url), replica(t, 'b', store.url)]);
    for (const server of [a, b]) assert.equal(await made(server, '/tagged'), 'build');
    await store.kill();
    for (const server of [a, b]) for (const path of ['/tagged', '/timed', '/path/known', '/path/other', '/classic', '/fetched']) await made(server, path);
    await touch(a, 'tag=words');
    assert.match(await made(a, '/tagged'), /^a /, 'a replica sees its own revalidations');
    const late = await replica(t, 'c', store.url);
    assert.equal(await made(late, '/path/known'), 'build');
    for (const server of [a, b, late]) {
      assert.equal([...server.log().matchAll(/is away/g)].length, 1, server.log());
      assert.doesNotMatch(server.log(), /word|secret/);
    }

    await store.start();
    await until(() => made(b, '/tagged'), (by) => by !== 'build', 20); // what was revalidated meanwhile is told
    for (const server of [a, b]) await until(async () => (await made(server, '/timed'), server.log()), (log) => /answers again/.test(log), 20);
    const before = await made(b, '/tagged');
    await touch(a, 'tag=words');
    assert.notEqual(await made(b, '/tagged'), before);
  });
}

test('revalidateTag with a profile: stale once, then fresh, on each replica', { skip: skip || BEFORE_16 }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  for (const server of [a, b]) assert.equal(await made(server, '/tagged'), 'build');
  await touch(a, 'tag=words&later');
  assert.equal(await made(b, '/tagged'), 'build');
  await until(() => made(b, '/tagged'), (by) => by.startsWith('b '));
});

test('a page that was served stale once is purged again when it is remade', { skip: skip || BEFORE_16 }, async (t) => {
  const redis = await startRedis(t);
  const edge = await startEdge(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url, edge.env), replica(t, 'b', redis.url, edge.env)]);
  await touch(a, 'tag=words&later');
  assert.deepEqual(await edge.next(), ['/tagged*']);
  assert.equal(await made(b, '/tagged'), 'build');
  await until(() => made(b, '/tagged'), (by) => by.startsWith('b '));
  assert.deepEqual(await edge.next(), ['/tagged*']);
});

test('a CDN that refuses is told of once, and no request fails; a process that ends sends what is left', { skip }, async (t) => {
  const redis = await startRedis(t);
  const edge = await startEdge(t);
  const refused = await replica(t, 'a', redis.url, { ...edge.env, AWS_ACCESS_KEY_ID: '', AWS_WEB_IDENTITY_TOKEN_FILE: '/none', AWS_ROLE_ARN: 'arn:aws:iam::1:role/x' });
  for (const word of ['words', 'others', 'words']) {
    await touch(refused, `tag=${word}`);
    await until(async () => refused.log(), (log) => /NEXTCORE_CDN_DISTRIBUTION: revalidated pages cannot be purged/.test(log));
  }
  assert.equal([...refused.log().matchAll(/NEXTCORE_CDN/g)].length, 1, refused.log());
  const ending = await replica(t, 'b', redis.url, edge.env);
  await touch(ending, 'tag=words');
  await ending.stop();
  assert.deepEqual(edge.purged, [['/tagged*']]);
});

test('an answer that revalidated ends when the others can know it, however slow the server is', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  for (const server of [a, b]) assert.equal(await made(server, '/tagged'), 'build');
  redis.ask('CLIENT', 'PAUSE', '200', 'WRITE');
  await touch(a, 'tag=words');
  assert.match(await made(b, '/tagged'), /^b /);
});

test('an edge function has the same cache', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const first = await made(a, '/edge');
  assert.equal(await made(b, '/edge'), first);
  await touch(b, 'tag=edge');
  assert.notEqual(await made(a, '/edge'), first);
});

test('all tags of a request cost one round trip', { skip }, async (t) => {
  const redis = await startRedis(t);
  const a = await replica(t, 'a', redis.url);
  await touch(a, 'tag=words');
  for (const path of ['/fetched', '/tagged']) await until(() => made(a, path), (by) => by.startsWith('a '));
  /** @param {string} path */
  const commands = async (path) => {
    redis.ask('CONFIG', 'RESETSTAT');
    await made(a, path);
    const calls = [...redis.ask('INFO', 'commandstats').matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, count]) => [name, Number(count)]);
    return Object.fromEntries(calls.filter(([name]) => !/config|info|auth|select|command|hello|client/.test(String(name))));
  };
  assert.deepEqual(await commands('/fetched'), { xrange: 1 });
  assert.deepEqual(await commands('/tagged'), { xrange: 1, getrange: 1 });
});

test('a server that is stuck costs a request half a second, once', { skip }, async (t) => {
  const redis = await startRedis(t);
  const a = await replica(t, 'a', redis.url);
  await made(a, '/tagged');
  redis.signal('SIGSTOP');
  t.after(() => redis.signal('SIGCONT'));
  const start = performance.now();
  await made(a, '/tagged');
  assert.ok(performance.now() - start < 2_000);
  const next = performance.now();
  for (let i = 0; i < 20; i++) await made(a, '/tagged');
  assert.ok(performance.now() - next < 2_000, a.log());
  redis.signal('SIGCONT');
  await until(async () => (await made(a, '/tagged'), a.log()), (log) => /answers again/.test(log));
});

test('the SBOM names what the runtime itself brings', { skip: noPackages() }, () => {
  /** @type {{components: {purl: string}[]}} */
  const { components } = JSON.parse(readFileSync(join(dist, 'sbom.json'), 'utf8'));
  assert.equal(components.filter(({ purl }) => purl.startsWith('pkg:npm/aws4fetch@')).length, 1);
});
