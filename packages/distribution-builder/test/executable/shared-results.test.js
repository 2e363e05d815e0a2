import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { send } from '../compare/request.js';
import { startExecutable } from '../compare/servers.js';
import { folderFor } from '../support/folder.js';
import { BEFORE_16, buildFixture, noPackages } from '../support/linked-app.js';
import { noRedis, startRedis } from '../support/redis.js';

/** `use cache` and `use cache: remote`. */

const skip = noPackages() || noRedis() || BEFORE_16;
const folder = folderFor('shared-results');
/** @type {string} */
let dist;

before(async () => {
  if (!skip) dist = await buildFixture('shared-results', folder);
});

/** @param {import('node:test').TestContext} t @param {string} name @param {string} url */
async function replica(t, name, url) {
  const server = await startExecutable(dist, { REPLICA: name, NEXTCORE_CACHE_URL: url });
  t.after(() => server.stop());
  return server;
}

/** @param {import('../compare/servers.js').Running} server @param {string} of @returns {Promise<{word: string, far: string}>} who made the two results, and when */
async function results(server, of) {
  const { status, body } = await send(server.port, { path: '/cached', headers: { 'x-of': of } });
  const [, word, far] = /data-made="([^"]+)" data-far="([^"]+)"/.exec(body) ?? assert.fail(`${status} ${body} ${server.log()}`);
  return { word, far };
}

test('results are shared, and revalidateTag on one replica reaches the other at its next request', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const first = await results(a, 'ann');
  assert.match(first.word, /^ann a /);
  assert.deepEqual(await results(b, 'ann'), first);
  assert.match((await results(b, 'ben')).word, /^ben b /);
  for (const [tag, name, other] of /** @type {const} */ ([['words', 'word', 'far'], ['far', 'far', 'word']])) {
    const before = await results(b, 'ann');
    await send(a.port, { path: `/api/touch?tag=${tag}`, method: 'POST' });
    const after = await results(b, 'ann');
    assert.match(after[name], /^ann b /);
    assert.notEqual(after[name], before[name]);
    assert.equal(after[other], before[other]);
    assert.deepEqual(await results(a, 'ann'), after);
  }
});

test('a page that is prerendered from results is made anew by the other replica', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const shell = async (/** @type {import('../compare/servers.js').Running} */ server) => /data-shell="([^"]+)"/.exec((await send(server.port, { path: '/shell' })).body)?.[1];
  for (const server of [a, b]) assert.equal(await shell(server), 'build');
  await send(a.port, { path: '/api/touch?tag=words', method: 'POST' });
  const fresh = await shell(b);
  assert.match(String(fresh), /^b /);
  assert.equal(await shell(a), fresh);
});

test('updateTag in a Server Action reaches the other replica', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const before = await results(b, 'ann');
  const actions = JSON.parse(readFileSync(join(folder, 'app/.next/server/server-reference-manifest.json'), 'utf8'));
  const [id] = Object.keys(actions.node);
  assert.equal((await send(a.port, { path: '/act', method: 'POST', form: { [`$ACTION_ID_${id}`]: '' } })).status, 303);
  const after = await results(b, 'ann');
  assert.notEqual(after.word, before.word);
  assert.equal(after.far, before.far);
});

test('revalidateTag with a profile: served once more, and made anew aside', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const before = await results(b, 'ann');
  await send(a.port, { path: '/api/touch?tag=words&later', method: 'POST' });
  assert.equal((await results(b, 'ann')).word, before.word);
  for (const deadline = Date.now() + 10_000; (await results(b, 'ann')).word === before.word; ) assert.ok(Date.now() < deadline, 'never made anew');
});

test('the server dies: results stay in each replica; it comes back: they are shared again', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [a, b] = await Promise.all([replica(t, 'a', redis.url), replica(t, 'b', redis.url)]);
  const before = await results(a, 'ann');
  assert.deepEqual(await results(b, 'ann'), before);
  await redis.kill();
  for (const server of [a, b]) assert.deepEqual(await results(server, 'ann'), before);
  await send(a.port, { path: '/api/touch?tag=words', method: 'POST' });
  assert.notEqual((await results(a, 'ann')).word, before.word);
  await redis.start();
  for (const deadline = Date.now() + 20_000; (await results(b, 'ann')).word === before.word; ) assert.ok(Date.now() < deadline, b.log());
});
