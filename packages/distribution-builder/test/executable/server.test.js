import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../../src/build-distribution.js';
import { startupOrder } from '../../src/compile/startup-order.js';
import { makeIsEsm } from '../../src/link/modules.js';
import { applyPatches } from '../../src/link/patches/index.js';
import { transform } from '../../src/link/transform.js';
import { compare } from '../compare/compare.js';
import { send } from '../compare/request.js';
import { freePort, startExecutable, startNode } from '../compare/servers.js';
import { bundledModules, functionNames, nameDifferences, parseScript } from '../support/bundle.js';
import { folderFor, folderWith } from '../support/folder.js';
import { noSandbox, startSandboxed } from '../support/sandbox.js';
import { missing } from '../support/missing.js';

const APP = fileURLToPath(new URL('../../../../examples/storefront', import.meta.url));
const TABLE = fileURLToPath(new URL('../compare/tables/storefront.json', import.meta.url));
const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const skip = missing(!existsSync(join(APP, 'node_modules/next/package.json')) && 'examples/storefront has no node_modules: run npm ci there');
const dist = folderFor('server');
const isEsm = makeIsEsm(APP);

/** @param {string} appDir @param {string} out @param {string} cache */
async function build(appDir, out, cache) {
  process.env.NEXTCORE_CACHE = cache;
  return buildDistribution({ command: 'build', appDir, out, arch: ARCH, natives: 'embed', externals: [], install: false, pwa: false, publicAtRuntime: false, json: true }, () => {});
}

before(async () => {
  if (!skip) await build(APP, dist, join(dist, '.cache'));
});

test('every row of the table is answered as by next start', { skip }, async () => {
  const { differences, complaints, exitCode, rows } = await compare(APP, dist, { table: TABLE });
  assert.deepEqual({ differences, complaints, exitCode }, { differences: [], complaints: [], exitCode: 0 });
  assert.ok(rows > 150, `${rows} rows`);
});

test('so it is with nothing around it: read-only root, uid 65532, no /tmp, no shell', { skip: skip || noSandbox() }, async (t) => {
  const startOurs = () => startSandboxed(t, dist, { folders: { '/assets': join(dist, 'assets') }, env: { NEXTCORE_ASSETS_DIR: '/assets' } });
  const { differences, complaints, exitCode } = await compare(APP, dist, { table: TABLE, startOurs });
  assert.deepEqual({ differences, complaints, exitCode }, { differences: [], complaints: [], exitCode: 0 });
});

test('what a start uses is known from the recorded starts of other apps', { skip }, async (t) => {
  const used = join(folderWith(t, {}), 'used.order');
  const server = await startExecutable(dist, { BUN_BYTECODE_ORDER_OUT: used });
  await send(server.port, { path: '/' });
  await server.stop(); // the file is written at the end
  const recorded = new Set(String(startupOrder()).split('\n'));
  const functions = readFileSync(used, 'utf8').split('\n').filter((line) => line.startsWith('F '));
  const share = functions.filter((line) => recorded.has(line)).length / functions.length;
  assert.ok(functions.length > 2000, `${functions.length} functions`);
  assert.ok(share > 0.85, `${Math.round(share * 100)} % of ${functions.length} functions: run npm run record-startup`);
});

test('SIGTERM: what is in flight is finished, nothing new is taken, exit code 0', { skip }, async () => {
  const server = await startExecutable(dist);
  const agent = new Agent({ keepAlive: true });
  const body = await new Promise((resolve, reject) => {
    const request = get({ port: server.port, host: '127.0.0.1', path: '/api/stream', agent }, (response) => {
      let text = '';
      response.once('data', () => void server.stop());
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
  assert.equal(body, 'data: 1\n\ndata: 2\n\ndata: 3\n\n');
  assert.equal(await server.stop(), 0);
  assert.match(String((await send(server.port, { path: '/' })).status), /failed: .*ECONNREFUSED/);
});

test('KEEP_ALIVE_TIMEOUT: told in the header as by node, and kept', { skip }, async () => {
  for (const milliseconds of ['1000', '65000']) {
    const env = { KEEP_ALIVE_TIMEOUT: milliseconds };
    // `next start` takes the setting as an option instead.
    const [node, ours] = await Promise.all([startNode(APP, env, ['--keepAliveTimeout', milliseconds]), startExecutable(dist, env)]);
    const [expected, answer] = await Promise.all([node, ours].map(({ port }) => firstAnswer(port)));
    assert.equal(answer.header, expected.header);
    if (milliseconds === '1000') assert.ok((await answer.idle()) < 5_000, 'an idle connection is closed');
    else answer.socket.destroy();
    expected.socket.destroy();
    await Promise.all([node.stop(), ours.stop()]);
  }
});

/** One request over a connection that stays. @param {number} port */
function firstAnswer(port) {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('GET /plain-none HTTP/1.1\r\nhost: a\r\naccept-encoding: identity\r\n\r\n');
  const start = performance.now();
  const closed = new Promise((resolve) => socket.once('close', () => resolve(performance.now() - start)));
  return new Promise((/** @type {(answer: {header: string|undefined, socket: import('node:net').Socket, idle: () => Promise<any>}) => void} */ resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.setEncoding('latin1').on('data', (part) => {
      text += part;
      if (text.includes('\r\n\r\n')) resolve({ header: /^keep-alive: (.*)\r$/im.exec(text)?.[1], socket, idle: () => closed });
    });
  });
}

test('HOSTNAME: listens there and nowhere else', { skip }, async () => {
  const local = await startExecutable(dist, { HOSTNAME: '127.0.0.1' });
  await assert.rejects(new Promise((resolve, reject) => connect({ port: local.port, host: '127.0.0.2' }).on('error', reject).on('connect', resolve)), /ECONNREFUSED/);
  assert.equal((await send(local.port, { path: '/account/hidden' })).status, 200, 'a rewrite does not leave the process');
  await local.stop();
});

test('a port that is taken: exit code 1, said in words', { skip }, async () => {
  const first = await startExecutable(dist);
  const port = String(first.port);
  assert.throws(
    () => execFileSync(join(dist, 'server'), { env: { ...process.env, PORT: port, HOSTNAME: '0.0.0.0' }, stdio: 'pipe', timeout: 10_000 }),
    (/** @type {any} */ error) => error.status === 1 && /EADDRINUSE|in use/.test(String(error.stderr)),
  );
  await first.stop();
});

test('healthcheck: exit code 1 without a server, 0 with one', { skip }, async () => {
  const port = await freePort();
  const check = (/** @type {number} */ at) => execFileSync(join(dist, 'server'), ['healthcheck'], { env: { PORT: String(at) }, stdio: 'pipe' });
  assert.throws(() => check(port), (/** @type {any} */ error) => error.status === 1);
  const server = await startExecutable(dist);
  check(server.port);
  await server.stop();
});

test('not inside: static files, .env values, secrets, the paths of the builder', { skip }, () => {
  const executable = readFileSync(join(dist, 'server'));
  const assets = readdirSync(join(dist, 'assets'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(assets.length > 20);
  for (const entry of assets) {
    const content = readFileSync(join(entry.parentPath, entry.name));
    if (content.length >= 100) assert.ok(!executable.includes(content), `${entry.name} is inside`);
  }
  for (const [, value] of readFileSync(join(APP, '.env.example'), 'utf8').matchAll(/^(?!NEXT_PUBLIC_)\w+=(.{8,})$/gm)) assert.ok(!executable.includes(value), value);
  for (const path of [APP, homedir() === '/root' ? '/root/.cache' : homedir(), process.cwd()]) assert.ok(!executable.includes(path), `${path} is inside`);
});

test('a folder with a .env file: its values stay outside, and the real environment wins', { skip }, async (t) => {
  const app = copyOfApp(t, 'secret');
  writeFileSync(join(app, '.env'), 'STOREFRONT_SESSION_SECRET=written-in-the-env-file\nSTOREFRONT_CURRENCY=USD\n');
  writeFileSync(join(app, '.env.production'), 'STOREFRONT_OTHER=of-the-production-file\n');
  const out = folderFor('secret-dist', t);
  await build(app, out, join(out, '.cache'));
  const files = [readFileSync(join(out, 'server')), readFileSync(join(out, 'payload.json'))];
  for (const value of ['written-in-the-env-file', 'of-the-production-file']) for (const file of files) assert.ok(!file.includes(value), value);
  const server = await startExecutable(out, { STOREFRONT_CURRENCY: 'CHF' });
  for (const path of ['/api/edge', '/']) assert.match((await send(server.port, { path })).body, /CHF/, `${path} reads the environment when it runs`);
  await server.stop();
});

test('the same bytes from two clones in two folders', { skip }, async (t) => {
  const shas = [];
  for (const name of ['one', 'another-place']) {
    const out = folderFor('clone-dist', t);
    const { executable } = await build(copyOfApp(t, name), out, join(out, '.cache'));
    shas.push(/** @type {any} */ (executable).sha256);
  }
  assert.equal(shas[0], shas[1]);
});

/** Packages are linked file by file: they are as if installed there, and take no space. @param {import('node:test').TestContext} t @param {string} name */
function copyOfApp(t, name) {
  const app = join(folderFor(name, t), 'storefront');
  execFileSync('sh', ['-c', 'mkdir -p "$2" && cd "$1" && for f in $(ls -A); do case $f in node_modules) cp -al $f "$2/" 2>/dev/null || cp -a $f "$2/";; .next|next-env.d.ts|dist) ;; *) cp -a $f "$2/";; esac; done', 'sh', APP, app]);
  return app;
}

test('names of functions and classes are those of the sources', { skip }, async () => {
  const modules = bundledModules(readFileSync(join(dist, 'server')));
  const differences = [];
  let compared = 0;
  for (const [path, wrapper] of modules) {
    const file = join(APP, path);
    if (!/\.c?js$/.test(path) || isEsm(file)) continue; // esbuild adds helpers of its own to those
    const source = readFileSync(file, 'utf8');
    // Next's own requires become functions (lazy-requires.js); what that adds is no change of a name.
    const lazy = /^\/node_modules\/next\/dist\/(?!compiled\/)/.test(path);
    const text = lazy ? (await transform({ source: applyPatches(path.slice('/node_modules/next'.length), source, 16), esm: false, hot: true, lazy })).pieces.join('0') : source;
    differences.push(...nameDifferences(functionNames(parseScript(text)), functionNames(wrapper)).map((line) => `${path}: ${line}`));
    compared++;
  }
  assert.deepEqual(differences, []);
  assert.ok(compared > 500, `${compared} modules`);
});
