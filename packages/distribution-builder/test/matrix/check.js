import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compare } from '../compare/compare.js';
import { WORK, prepare } from './prepare.js';

const COMMAND = fileURLToPath(new URL('../../bin/distribution-builder.js', import.meta.url));

/** @typedef {{next: string, same: string, built: string}} Note what stands in the table */

/**
 * Builds one case with the command itself and asserts that the executable answers as `next start` does.
 * @param {import('./prepare.js').Case} one @param {(told: Partial<Note>) => void} [note]
 */
export async function check(one, note = () => {}) {
  const { root, appDir, path } = prepare(one);
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const origin = await startOrigin(one.fixture);
  try {
    await buildAndCompare(one, { appDir, dist, env: { ...one.env, PATH: path, FIXTURE_ORIGIN_PORT: origin.port } }, note);
  } finally {
    origin.stop();
  }
}

/**
 * @param {import('./prepare.js').Case} one @param {{appDir: string, dist: string, env: Record<string, string>}} place
 * @param {(told: Partial<Note>) => void} note
 */
async function buildAndCompare(one, { appDir, dist, env }, note) {
  const made = await build(appDir, dist, env);
  const { build: built } = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
  note({ next: built.nextVersion, built: `${Math.round(made.durations.total / 1000)} s` });
  if (made.executable === null) return checkExport(appDir, dist, note);
  const table = fileURLToPath(new URL(`../fixtures/${one.fixture}/table.json`, import.meta.url));
  const result = await compare(appDir, dist, {
    ...(existsSync(table) ? { table } : {}),
    env,
    words: { ORIGIN_PORT: env.FIXTURE_ORIGIN_PORT },
  });
  note({ same: `${result.same} of ${result.rows} rows` });
  assert.deepEqual({ differences: result.differences, complaints: result.complaints, exitCode: result.exitCode }, { differences: [], complaints: [], exitCode: 0 });
}

/**
 * Without a server there is nothing to ask: the files must be those of `next build`.
 * @param {string} appDir @param {string} dist @param {(told: Partial<Note>) => void} note
 */
function checkExport(appDir, dist, note) {
  const { app, assets } = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
  assert.equal(app.output, 'export');
  assert.deepEqual(readdirSync(dist).sort(), ['assets', 'payload.json']);
  const exported = join(appDir, 'out');
  const files = readdirSync(exported, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.deepEqual(assets.map((/** @type {any} */ asset) => asset.path).sort(), files.map((file) => app.basePath + file.slice(exported.length)).sort());
  for (const file of files) assert.ok(readFileSync(file).equals(readFileSync(join(dist, 'assets', app.basePath, file.slice(exported.length)))), file);
  note({ same: `${files.length} files` });
}

/** Another host, for remote images and rewrites: the fixture's public folder, an echo, a slow answer, a socket. @param {string} fixture */
async function startOrigin(fixture) {
  const folder = fileURLToPath(new URL(`../fixtures/${fixture}/public`, import.meta.url));
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/echo')) return echo(request, response);
    if (request.url === '/parts') {
      for (const part of ['one', 'two', 'three']) {
        response.write(`${part}\n`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return void response.end();
    }
    const file = join(folder, normalize(request.url ?? '/'));
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.endsWith('.png') ? 'image/png' : 'text/plain', 'cache-control': 'max-age=600' });
    createReadStream(file).pipe(response);
  });
  server.on('upgrade', (request, socket) => {
    if (request.url !== '/socket') return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (text) => socket.write(String(text).toUpperCase()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return { port: String(/** @type {import('node:net').AddressInfo} */ (server.address()).port), stop: () => void server.close().closeAllConnections() };
}

/** What the origin was asked, but for the ports. @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function echo(request, response) {
  const { method, url, headers } = request;
  let length = 0;
  for await (const part of request) length += part.length;
  const told = Object.fromEntries(Object.entries(headers).filter(([name]) => !['host', 'x-forwarded-host', 'x-forwarded-port'].includes(name)).sort());
  response.writeHead(200, { 'content-type': 'application/json', 'x-origin': 'yes' }).end(JSON.stringify({ method, url, headers: told, length }));
}

/** @param {string} appDir @param {string} dist @param {NodeJS.ProcessEnv} env @param {string[]} [options] @returns {Promise<any>} what the command prints */
export async function build(appDir, dist, env, options = []) {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, appDir, '--out', dist, '--json', ...options], { env: { ...process.env, NEXTCORE_CACHE: join(WORK, 'cache'), ...env }, maxBuffer: 1 << 28 });
    return JSON.parse(stdout);
  } catch (error) {
    const { code, signal, stderr = '' } = /** @type {any} */ (error);
    throw new Error(`distribution-builder ended with ${code ?? signal}:\n${stderr.split('\n').slice(-40).join('\n')}`);
  }
}
