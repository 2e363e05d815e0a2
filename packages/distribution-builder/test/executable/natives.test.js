import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../../src/build-distribution.js';
import { send } from '../compare/request.js';
import { makeRelease } from '../../src/release/release.js';
import { freePort, start, startExecutable, startNode } from '../compare/servers.js';
import { folderFor } from '../support/folder.js';
import { noSandbox, startSandboxed } from '../support/sandbox.js';
import { missing } from '../support/missing.js';

const APP = fileURLToPath(new URL('../fixtures/natives', import.meta.url));
const skip = missing(!existsSync(join(APP, 'node_modules/next')) && 'test/fixtures/natives has no node_modules: run npm ci --ignore-scripts there');
const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
/** One route for each package. @type {Record<string, string>} */
const ROUTES = { sharp: '', '@libsql/client': 'libsql', '@node-rs/argon2': 'argon2', bcrypt: '', 'better-sqlite3': '', '@prisma/client': 'prisma' };
const PATHS = Object.entries(ROUTES).map(([name, path]) => `/${path || name}`);

/** @type {Record<string, any>} path -> body under node */
const expected = {};

/** @param {string} out @param {object} [more] */
async function build(out, more) {
  process.env.NEXTCORE_CACHE = join(out, 'cache');
  await buildDistribution({ command: 'build', appDir: APP, out, arch: ARCH, natives: 'embed', externals: [], install: false, pwa: false, publicAtRuntime: false, json: true, ...more }, () => {});
  return JSON.parse(readFileSync(join(out, 'payload.json'), 'utf8'));
}

/** @param {import('../compare/servers.js').Running} server */
async function sameAsNode(server) {
  for (const path of PATHS) {
    const { status, body } = await send(server.port, { path });
    assert.deepEqual([path, status, body], [path, 200, expected[path]], server.log());
  }
}

const embedded = folderFor('natives-embedded');

before(async () => {
  if (skip) return;
  await build(embedded);
  const node = await startNode(APP);
  // better-sqlite3 13 needs node 22; what it must say is plain.
  for (const path of PATHS) expected[path] = path === '/better-sqlite3' ? '[{"id":1,"text":"one"},{"id":2,"text":"two"}]' : (await send(node.port, { path })).body;
  await node.stop();
});

test('native packages are inside and answer as under node', { skip }, async () => {
  const payload = JSON.parse(readFileSync(join(embedded, 'payload.json'), 'utf8'));
  assert.deepEqual(payload.build.externals, []);
  const names = payload.build.natives.map((/** @type {{name: string}} */ one) => one.name);
  assert.ok(names.includes('bcrypt') && names.some((/** @type {string} */ name) => name.startsWith('@img/sharp-libvips-linux')));
  assert.ok(!names.some((/** @type {string} */ name) => name.includes('musl')), 'builds for musl stay out');
  assert.ok(!existsSync(join(embedded, 'package.json')));
  const server = await startExecutable(embedded);
  await sameAsNode(server);
  assert.equal(await server.stop(), 0);
});

test('they do so with nothing around them: read-only root, uid 65532, no /tmp, no shell', { skip: skip || noSandbox() }, async (t) => {
  const server = await startSandboxed(t, embedded);
  await sameAsNode(server);
  assert.equal(await server.stop(), 0);
});

test('--natives external --install: add-ons beside the executable, their JavaScript inside', { skip }, async (t) => {
  const out = folderFor('natives-external', t);
  const payload = await build(out, { natives: 'external', install: true });
  assert.deepEqual(payload.build.natives, []);
  const { dependencies } = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8'));
  const lock = JSON.parse(readFileSync(join(APP, 'package-lock.json'), 'utf8'));
  assert.ok('bcrypt' in dependencies && `@node-rs/argon2-linux-${ARCH}-gnu` in dependencies && !('sharp' in dependencies));
  for (const [name, version] of Object.entries(dependencies)) assert.equal(version, lock.packages[`node_modules/${name}`].version);
  const server = await startExecutable(out);
  await sameAsNode(server);
  await server.stop();
  if (noSandbox()) return t.diagnostic(`not tried in a sandbox: ${noSandbox()}`);
  const alone = await startSandboxed(t, out, { modules: join(out, 'node_modules') });
  await sameAsNode(alone);
  assert.equal(await alone.stop(), 0);

  await t.test('release --vendor: set up twice without a network, then run', async () => {
    const options = /** @type {const} */ ({ command: 'release', dist: out, name: 'shop', version: '1.0.0', out: join(out, 'release'), firstRunInstall: false, vendor: true, json: true });
    const made = await makeRelease(options, () => {});
    assert.equal((await makeRelease(options, () => {})).sha256, made.sha256, 'the same bytes twice');
    const place = folderFor('release', t);
    execFileSync('tar', ['-xzf', made.release, '-C', place]);
    const env = { ...process.env, PREFIX: join(place, 'opt'), ETC: join(place, 'etc'), UNITS: join(place, 'units'), SERVICE: 'no' };
    for (const _time of [1, 2]) execFileSync('unshare', ['--net', join(place, `shop-v1.0.0-linux-${ARCH}/setup.sh`)], { env });
    const port = await freePort();
    const installed = await start(join(place, 'opt/shop/run.sh'), [], '/', { PORT: String(port) }, port);
    await sameAsNode(installed);
    assert.equal(await installed.stop(), 0);
  });
});

test('--external: whole packages outside, with their platform packages; NODE_PATH finds them', { skip }, async (t) => {
  const out = folderFor('natives-named', t);
  const payload = await build(out, { externals: ['@libsql/client', 'sharp'], install: true });
  assert.deepEqual(payload.build.externals.map((/** @type {{name: string}} */ one) => one.name), ['@libsql/client', 'sharp']);
  const manifest = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(manifest.dependencies), ['@libsql/client', 'sharp']);
  assert.ok(`@img/sharp-linux-${ARCH}` in manifest.optionalDependencies);
  const beside = await startExecutable(out);
  await sameAsNode(beside);
  await beside.stop();

  const empty = folderFor('natives-moved', t);
  renameSync(join(out, 'node_modules'), join(empty, 'node_modules'));
  const elsewhere = await startExecutable(out, { NODE_PATH: `/nowhere:${join(empty, 'node_modules')}` });
  await sameAsNode(elsewhere);
  await elsewhere.stop();

  const without = await startExecutable(out);
  assert.match(without.log(), /external packages are missing: .*sharp/);
  assert.equal((await send(without.port, { path: '/sharp' })).status, 500);
  assert.equal((await send(without.port, { path: '/bcrypt' })).body, expected['/bcrypt']);
  await without.stop();
  assert.match(without.log(), /Cannot find module 'sharp': it is an external package/);
});

test('a package that the server does not load cannot be external', { skip }, async (t) => {
  const out = folderFor('natives-refused', t);
  await assert.rejects(build(out, { externals: ['left-pad'] }), /loads no package "left-pad"/);
  await assert.rejects(build(out, { externals: ['next'] }), /cannot stay outside/);
  assert.ok(!readdirSync(out).includes('server'));
});
