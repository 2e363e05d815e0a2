import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from '../compare/compare.js';
import { WORK, prepare } from './prepare.js';

const COMMAND = fileURLToPath(new URL('../../bin/distribution-builder.js', import.meta.url));

/**
 * Builds one case with the command itself and asserts that the executable answers as `next start` does.
 * @param {import('./prepare.js').Case} one @param {(text: string) => void} [note]
 */
export async function check(one, note = () => {}) {
  const { root, appDir, path } = prepare(one);
  const dist = join(root, 'dist');
  const made = build(appDir, dist, { ...one.env, PATH: path });
  if (made.executable === null) return checkExport(appDir, dist, note);
  const table = fileURLToPath(new URL(`../fixtures/${one.fixture}/table.json`, import.meta.url));
  const origin = await startOrigin(one.fixture);
  const result = await compare(appDir, dist, {
    ...(existsSync(table) ? { table } : {}),
    env: { ...one.env, FIXTURE_ORIGIN_PORT: origin.port },
    words: { ORIGIN_PORT: origin.port },
  }).finally(origin.stop);
  note(`${result.same} of ${result.rows} rows the same, ${result.unstable} facets unstable, built in ${Math.round(made.durations.total / 1000)} s`);
  assert.deepEqual({ differences: result.differences, complaints: result.complaints, exitCode: result.exitCode }, { differences: [], complaints: [], exitCode: 0 });
}

/**
 * Without a server there is nothing to ask: the files must be those of `next build`.
 * @param {string} appDir @param {string} dist @param {(text: string) => void} note
 */
function checkExport(appDir, dist, note) {
  const { app, assets } = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
  assert.equal(app.output, 'export');
  assert.deepEqual(readdirSync(dist).sort(), ['assets', 'payload.json']);
  const exported = join(appDir, 'out');
  const files = readdirSync(exported, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.deepEqual(assets.map((/** @type {any} */ asset) => asset.path).sort(), files.map((file) => app.basePath + file.slice(exported.length)).sort());
  for (const file of files) assert.ok(readFileSync(file).equals(readFileSync(join(dist, 'assets', app.basePath, file.slice(exported.length)))), file);
  note(`${files.length} files`);
}

/** Another host, for remote images: serves the fixture's public folder. @param {string} fixture */
async function startOrigin(fixture) {
  const folder = fileURLToPath(new URL(`../fixtures/${fixture}/public`, import.meta.url));
  const server = createServer((request, response) => {
    const file = join(folder, normalize(request.url ?? '/'));
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.endsWith('.png') ? 'image/png' : 'text/plain', 'cache-control': 'max-age=600' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return { port: String(/** @type {import('node:net').AddressInfo} */ (server.address()).port), stop: () => void server.close() };
}

/** @param {string} appDir @param {string} dist @param {NodeJS.ProcessEnv} env @returns {any} what the command prints */
export function build(appDir, dist, env) {
  const done = spawnSync(process.execPath, [COMMAND, appDir, '--out', dist, '--json'], { env: { ...process.env, NEXTCORE_CACHE: join(WORK, 'cache'), ...env }, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`distribution-builder ended with ${done.status ?? done.signal}:\n${done.stderr.split('\n').slice(-40).join('\n')}`);
  return JSON.parse(done.stdout);
}
