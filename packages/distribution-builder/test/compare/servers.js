import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findRoot } from '../../src/build/app.js';

/**
 * A running server under comparison.
 * @typedef {object} Running
 * @property {number} port
 * @property {() => string} log
 * @property {() => Promise<number|null>} stop SIGTERM, then the exit code
 */

/**
 * `next start` over a copy of the app: ISR writes into .next, and two servers must not see each other's. Of a workspace
 * all is copied, because the output may link to packages beside the app.
 * @param {string} appDir @param {NodeJS.ProcessEnv} [env] @param {string[]} [options] of next start
 * @returns {Promise<Running>}
 */
export async function startNode(appDir, env = {}, options = []) {
  const root = findRoot(appDir);
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'compare-')));
  copyTree(root, copy, findDistDir(appDir));
  const app = join(copy, relative(root, appDir));
  const port = await freePort();
  // 0.0.0.0 as in a container: a loopback address makes Next treat its own rewrites as external.
  const command = [createRequire(join(appDir, 'package.json')).resolve('next/dist/bin/next'), 'start', '-p', String(port), '-H', '0.0.0.0', ...options];
  const running = await start(process.execPath, command, app, env, port, nodeAnswers);
  return { ...running, stop: () => running.stop().finally(() => rmSync(copy, { recursive: true, force: true })) };
}

/** Packages are linked to, not copied. @param {string} from @param {string} to @param {string} distDir */
function copyTree(from, to, distDir) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name === '.git' || entry.name === 'standalone') continue;
    if (entry.name === 'node_modules' && !from.startsWith(distDir)) symlinkSync(source, target);
    else if (entry.isDirectory()) copyTree(source, target, distDir);
    else cpSync(source, target, { verbatimSymlinks: true });
  }
}

/** The folder with the output that names this app. @param {string} appDir */
export function findDistDir(appDir) {
  const names = ['.next', ...readdirSync(appDir)].filter((name) => existsSync(join(appDir, name, 'required-server-files.json')));
  if (names.length === 0) throw new Error(`${appDir} has no build`);
  return join(appDir, names[0]);
}

/**
 * @param {string} dist @param {NodeJS.ProcessEnv} [env] @returns {Promise<Running>}
 */
export async function startExecutable(dist, env = {}) {
  const port = await freePort();
  const cwd = mkdtempSync(join(tmpdir(), 'compare-empty-'));
  const running = await start(join(dist, 'server'), [], cwd, { PORT: String(port), HOSTNAME: '0.0.0.0', NEXTCORE_ASSETS_DIR: join(dist, 'assets'), ...env }, port);
  return { ...running, stop: () => running.stop().finally(() => rmSync(cwd, { recursive: true, force: true })) };
}

/**
 * @param {string} command @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env @param {number} port
 * @param {(port: number) => Promise<boolean>} [answers]
 * @returns {Promise<Running>}
 */
export async function start(command, args, cwd, env, port, answers = executableAnswers) {
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
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  ended.then(() => process.off('exit', kill));
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

/**
 * A path that Next answers without rendering: what a first request leaves in its caches must not differ from ours.
 * Any answer will do; a Next that is still starting keeps the request waiting.
 * @param {number} port @returns {Promise<boolean>}
 */
const nodeAnswers = (port) => ask(port, '/_next/static/none.js', () => true);

/** @param {number} port @returns {Promise<boolean>} */
const executableAnswers = (port) => ask(port, '/_nextcore/health', (status) => status === 200);

/** @param {number} port @param {string} path @param {(status: number|undefined) => boolean} isReady @returns {Promise<boolean>} */
const ask = (port, path, isReady) =>
  new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume();
      resolve(isReady(response.statusCode));
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
