import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../compare/request.js';
import { startExecutable } from '../compare/servers.js';
import { folderFor } from '../support/folder.js';
import { BEFORE_16, buildFixture, noPackages } from '../support/linked-app.js';
import { noRedis, startRedis } from '../support/redis.js';

test('an app with a cacheHandler of its own keeps it where a cache is shared', { skip: noPackages() || noRedis() || BEFORE_16 }, async (t) => {
  const dist = await buildFixture('cache-handler', folderFor('own-cache-handler'));
  const redis = await startRedis(t);
  const server = await startExecutable(dist, { NEXTCORE_CACHE_URL: redis.url });
  t.after(() => server.stop());
  for (const path of ['/made/second', '/made/second', '/timed']) assert.equal((await send(server.port, { path })).status, 200, server.log());
  assert.equal((await send(server.port, { path: '/api/touch?tag=names', method: 'POST' })).status, 200);
  const calls = JSON.parse((await send(server.port, { path: '/dump' })).body);
  assert.ok(calls.some((/** @type {string} */ call) => /^set .*\/made\/second APP_PAGE/.test(call)), calls.join('\n'));
  assert.ok(calls.includes('revalidate names'), calls.join('\n'));
  assert.doesNotMatch(redis.ask('KEYS', '*'), /:(page|fetch):/);
});
