import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../../src/build-distribution.js';
import { send } from '../compare/request.js';
import { startExecutable } from '../compare/servers.js';
import { folderFor } from '../support/folder.js';
import { noSandbox, startSandboxed } from '../support/sandbox.js';
import { missing } from '../support/missing.js';

const APP = fileURLToPath(new URL('../../../../examples/storefront', import.meta.url));
const skip = missing(!existsSync(join(APP, 'node_modules/next/package.json')) && 'examples/storefront has no node_modules: run npm ci there');
const IMAGE = { path: '/_next/image?url=%2Fimages%2Flamp.png&w=64&q=75', headers: { accept: 'image/webp,*/*' } };
const KEY = Buffer.alloc(32, 'only for this test').toString('base64');
const dist = folderFor('settings');

before(async () => {
  if (skip) return;
  process.env.NEXTCORE_CACHE = join(dist, 'cache');
  // As a deployment does whose source is public: a key of its own, given when building and when running.
  process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY = KEY;
  await buildDistribution({ command: 'build', appDir: APP, out: dist, arch: process.arch === 'arm64' ? 'arm64' : 'x64', natives: 'embed', externals: [], install: false, pwa: false, publicAtRuntime: false, json: true }, () => {});
  delete process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY;
});

/** @param {import('../compare/servers.js').Running} server @returns {Promise<string|undefined>} when /news was made */
async function newsMade(server) {
  return /data-made="([^"]+)"/.exec((await send(server.port, { path: '/news' })).body)?.[1];
}

/**
 * Asks until the answer is as wanted: a page is remade after it was answered.
 * @template T @param {() => Promise<T>} ask @param {(answer: T) => boolean} wanted @returns {Promise<T>}
 */
async function until(ask, wanted) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('NEXTCORE_CACHE_DIR: remade pages and optimised images outlive the process', { skip }, async (t) => {
  const env = { NEXTCORE_CACHE_DIR: join(folderFor('kept', t), 'deep') };
  const first = await startExecutable(dist, env);
  assert.equal(await newsMade(first), 'at build');
  assert.equal((await send(first.port, { path: '/api/revalidate?path=/news', method: 'POST' })).status, 200);
  const made = await until(() => newsMade(first), (time) => time !== undefined && time !== 'at build');
  assert.equal((await send(first.port, IMAGE)).headers['x-nextjs-cache'], 'MISS');
  await until(async () => (await send(first.port, IMAGE)).headers['x-nextjs-cache'], (state) => state === 'HIT');
  assert.equal(await first.stop(), 0);

  const files = readdirSync(env.NEXTCORE_CACHE_DIR, { recursive: true }).map(String);
  assert.ok(files.some((file) => /^cache\/images\/.+\.webp$/.test(file)), files.join('\n'));
  assert.ok(files.some((file) => /^[0-9a-f]{16}\/server\/.*\/news\.html$/.test(file)), files.join('\n'));

  const second = await startExecutable(dist, env);
  assert.equal(await newsMade(second), made);
  assert.equal((await send(second.port, IMAGE)).headers['x-nextjs-cache'], 'HIT');
  await second.stop();
  const without = await startExecutable(dist);
  assert.equal(await newsMade(without), 'at build');
  await without.stop();
});

test('NEXTCORE_CACHE_DIR is the only place that is written', { skip: skip || noSandbox() }, async (t) => {
  const server = await startSandboxed(t, dist, { writable: ['cache'], env: { NEXTCORE_CACHE_DIR: '/cache' } });
  await send(server.port, { path: '/api/revalidate?path=/news', method: 'POST' });
  await until(() => newsMade(server), (time) => time !== 'at build');
  assert.ok(readdirSync(join(server.root, 'cache')).length > 0);
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.log(), /EROFS|EACCES/);
});

test('NEXTCORE_ASSETS_ORIGIN: local images come from where the static files are served', { skip }, async (t) => {
  /** @type {string[]} */
  const asked = [];
  const origin = createServer((request, response) => {
    const file = join(dist, 'assets', /** @type {string} */ (request.url).replace(/^\/files\/shop\//, '/'));
    asked.push(String(request.url));
    if (!existsSync(file)) return void response.writeHead(404, { 'content-type': 'text/html' }).end('none');
    response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'public, max-age=0' });
    createReadStream(file).pipe(response);
  }).listen(0, '127.0.0.1');
  t.after(() => origin.close());
  await new Promise((resolve) => origin.once('listening', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (origin.address());

  const byFolder = await startExecutable(dist);
  const wanted = await send(byFolder.port, IMAGE);
  const missing = { ...IMAGE, path: IMAGE.path.replace('lamp', 'none') };
  const wantedMissing = await send(byFolder.port, missing);
  await byFolder.stop();

  const server = await startExecutable(dist, { NEXTCORE_ASSETS_DIR: '', NEXTCORE_ASSETS_ORIGIN: `http://127.0.0.1:${port}` });
  const answer = await send(server.port, IMAGE);
  assert.deepEqual([answer.status, answer.headers['content-type'], answer.body.length], [200, 'image/webp', wanted.body.length]);
  assert.deepEqual(asked, ['/images/lamp.png']);
  assert.equal((await send(server.port, missing)).status, wantedMissing.status);
  const generated = await send(server.port, { ...IMAGE, path: '/_next/image?url=%2Fopengraph-image&w=64&q=75' });
  assert.deepEqual([generated.status, generated.headers['content-type']], [200, 'image/webp'], 'what the origin lacks is asked of the app');
  await server.stop();

  asked.length = 0;
  const inFolder = await startExecutable(dist, { NEXTCORE_ASSETS_DIR: '', NEXTCORE_ASSETS_ORIGIN: `http://127.0.0.1:${port}/files/shop` });
  assert.equal((await send(inFolder.port, IMAGE)).body.length, wanted.body.length);
  assert.deepEqual(asked, ['/files/shop/images/lamp.png'], 'a folder of a bucket');
  await inFolder.stop();

  const lost = await startExecutable(dist, { NEXTCORE_ASSETS_DIR: '', NEXTCORE_ASSETS_ORIGIN: 'http://127.0.0.1:9' });
  assert.equal((await send(lost.port, IMAGE)).status, wantedMissing.status);
  assert.match(lost.log(), /NEXTCORE_ASSETS_ORIGIN: http:\/\/127\.0\.0\.1:9\/images\/lamp\.png cannot be fetched/);
  await lost.stop();
});

/** @param {number} port @returns {Promise<string>} the cookie that turns draft mode on */
async function draftCookie(port) {
  const { headers } = await send(port, { path: '/api/draft' });
  return /__prerender_bypass=([0-9a-f]+)/.exec(headers['set-cookie'])?.[1] ?? '';
}

/** @param {number} port @param {string} cookie */
const isDraft = async (port, cookie) => /id="draft">draft</.test((await send(port, { path: '/stock', headers: { cookie: `__prerender_bypass=${cookie}` } })).body);

test('NEXTCORE_PREVIEW_SECRET: draft mode works by it, and no longer by the key of the build', { skip }, async () => {
  const builds = JSON.parse(readFileSync(join(APP, '.next/prerender-manifest.json'), 'utf8')).preview.previewModeId;
  const plain = await startExecutable(dist);
  assert.equal(await draftCookie(plain.port), builds);
  assert.equal(await isDraft(plain.port, builds), true);
  await plain.stop();

  const env = { NEXTCORE_PREVIEW_SECRET: 'a secret of the deployment' };
  const [one, other] = await Promise.all([startExecutable(dist, env), startExecutable(dist, env)]);
  const cookie = await draftCookie(one.port);
  assert.match(cookie, /^[0-9a-f]{32}$/);
  assert.notEqual(cookie, builds);
  assert.equal(await isDraft(one.port, cookie), true);
  assert.equal(await isDraft(other.port, cookie), true, 'every replica has the same');
  assert.equal(await isDraft(one.port, builds), false);
  await Promise.all([one.stop(), other.stop()]);
});

test('NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: one given when building is not inside, and is asked for', { skip }, async () => {
  assert.ok(!readFileSync(join(dist, 'server')).includes(KEY));
  const payload = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
  assert.ok(payload.env.required.includes('NEXT_SERVER_ACTIONS_ENCRYPTION_KEY'));
  const server = await startExecutable(dist, { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: KEY });
  const actions = JSON.parse(readFileSync(join(APP, '.next/server/server-reference-manifest.json'), 'utf8'));
  const [id] = Object.entries(actions.node).find(([, entry]) => entry.exportedName === 'recount') ?? [];
  const { status } = await send(server.port, { path: '/stock', method: 'POST', form: { [`$ACTION_ID_${id}`]: '' } });
  assert.equal(status, 200);
  await server.stop();
});

test('a wrong setting ends the process with one line that says what to do', { skip }, async (t) => {
  const folder = folderFor('locked', t);
  chmodSync(folder, 0o500);
  /** @type {[Record<string, string>, RegExp][]} */
  const wrong = [
    [{ NEXTCORE_PREVIEW_SECRET: 'short' }, /^error: NEXTCORE_PREVIEW_SECRET has 5 characters, 16 are needed/],
    [{ NEXTCORE_ASSETS_ORIGIN: 'caddy' }, /^error: NEXTCORE_ASSETS_ORIGIN: "caddy" is not an address/],
    [{ NEXTCORE_CACHE_URL: 'memcached://:word@cache' }, /^error: NEXTCORE_CACHE_URL: "memcached:\/\/" is no address of a shared cache/],
    [{ NEXTCORE_CACHE_DIR: '/proc/none' }, /^error: NEXTCORE_CACHE_DIR: \/proc\/none cannot be written/],
  ];
  for (const [env, message] of wrong) {
    const { status, stderr } = spawnSync(join(dist, 'server'), { env: { ...process.env, PORT: '0', ...env }, encoding: 'utf8', timeout: 10_000 });
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});
