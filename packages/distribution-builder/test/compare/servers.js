import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * A running server under comparison.
 * @typedef {object} Running
 * @property {number} port
 * @property {() => string} log
 * @property {() => Promise<number|null>} stop SIGTERM, then the exit code
 */

/**
 * `next start` over a copy of the app: ISR writes into .next, and two servers must not see each other's.
 * @param {string} appDir @returns {Promise<Running>}
 */
export async function startNode(appDir) {
  const copy = join(mkdtempSync(join(tmpdir(), 'compare-')), basename(appDir));
  cpSync(appDir, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => basename(path) !== 'node_modules' || path !== join(appDir, 'node_modules') });
  symlinkSync(realpathSync(join(appDir, 'node_modules')), join(copy, 'node_modules'));
  const port = await freePort();
  // 0.0.0.0 as in a container: a loopback address makes Next treat its own rewrites as external.
  const command = [join(copy, 'node_modules/next/dist/bin/next'), 'start', '-p', String(port), '-H', '0.0.0.0'];
  return start(process.execPath, command, copy, {}, port);
}

/**
 * @param {string} dist @param {NodeJS.ProcessEnv} [env] @returns {Promise<Running>}
 */
export async function startExecutable(dist, env = {}) {
  const port = await freePort();
  const cwd = mkdtempSync(join(tmpdir(), 'compare-empty-'));
  return start(join(dist, 'server'), [], cwd, { PORT: String(port), HOSTNAME: '0.0.0.0', NEXTCORE_ASSETS_DIR: join(dist, 'assets'), ...env }, port);
}

/**
 * @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env @param {number} port
 * @returns {Promise<Running>}
 */
export async function start(command, args, cwd, env, port) {
  let log = '';
  const child = spawn(command, args, { cwd, env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', (text) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  /** @type {Promise<number|null>} */
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let running = true;
  ended.then(() => (running = false));
  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (!running || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${command} does not answer on port ${port}:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // A test that fails must not leave its server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  child.unref();
  for (const stream of [child.stdout, child.stderr]) /** @type {import('node:net').Socket} */ (/** @type {unknown} */ (stream)).unref();
  return {
    port,
    log: () => log,
    stop: () => {
      child.ref();
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** @param {number} port @returns {Promise<boolean>} any answer but 503 (still starting) */
const answers = (port) =>
  new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/_nextcore/health', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode !== 503);
    });
    request.on('error', () => resolve(false));
  });

/** @returns {Promise<number>} */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
