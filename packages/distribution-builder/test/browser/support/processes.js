import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} Running
 * @property {number} port
 * @property {() => string} log
 * @property {() => Promise<void>} stop
 */

/** The executable in an empty folder. @param {string} dist @param {NodeJS.ProcessEnv} env */
export async function startExecutable(dist, env) {
  const port = await freePort();
  const cwd = mkdtempSync(join(tmpdir(), 'browser-empty-'));
  const child = spawn(join(dist, 'server'), [], {
    cwd,
    env: { ...process.env, STOREFRONT_SESSION_SECRET: 'for the browser tests', PORT: String(port), HOSTNAME: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return waitFor(child, port, 'the executable');
}

/**
 * Until something accepts connections on its port.
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @param {number} port @param {string} name
 * @returns {Promise<Running>}
 */
export async function waitFor(child, port, name) {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  let running = true;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) =>
    child.on('exit', () => {
      running = false;
      resolve();
    }),
  );
  child.on('error', (error) => (log += error.message));
  const deadline = Date.now() + 30_000;
  while (!(await accepts(port))) {
    if (!running || child.pid === undefined || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not listen on port ${port}:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    log: () => log,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** @param {number} port @returns {Promise<boolean>} */
const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** @returns {Promise<number>} */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
