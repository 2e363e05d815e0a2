import http from 'node:http';
import { ROOT, data } from './data.js';
import { belowRoot } from './files.js';
import { checkCacheFolder, keepCacheFolderSmall } from './cache-folder.js';
import { warnOfMissing } from './externals.js';
import { HEALTH_PATH } from './healthcheck.js';
import { fetchLocalImages } from './local-images.js';
import { load } from './modules.js';
import { takeOverDlopen } from './natives.js';
import { checkPreviewSecret } from './own-keys.js';
import { cacheSettings } from './shared-cache/settings.js';
import { stopGracefully } from './stop.js';
import { takePublicValues, withPublicValues } from './public-env.js';
import { makeCompatible } from './web-compat.js';

const SWEEP_AFTER = 30_000; // milliseconds: the start and the first visitors come first

/**
 * Listens first, then loads Next: a request that woke the process waits in the socket, not in a refused connection.
 * @param {number} port
 */
export function serve(port) {
  const hostname = process.env.HOSTNAME || '0.0.0.0';
  const keepAlive = Number.parseInt(process.env.KEEP_ALIVE_TIMEOUT ?? '', 10);
  const folder = `${ROOT}${data.at.app}` || '/';
  const shared = checkSettings();
  prepareProcess(folder, port, hostname);
  makeCompatible();
  takeOverDlopen(belowRoot);
  warnOfMissing();

  /** @type {{request: Function, upgrade: Function, close: () => Promise<void>}|undefined} */
  let next;
  /** @type {Promise<void>} */
  let starting;
  const server = http.createServer((request, response) => {
    if (request.url === HEALTH_PATH) return void response.writeHead(next ? 200 : 503).end(next ? 'ok' : 'starting');
    if (next) return next.request(request, response);
    starting.then(() => next?.request(request, response)).catch(() => response.writeHead(500).end('Internal Server Error'));
  });
  if (keepAlive >= 0) server.keepAliveTimeout = keepAlive;
  server.on('upgrade', (request, socket, head) => void starting.then(() => next?.upgrade(request, socket, head)).catch(() => socket.destroy()));
  server.on('error', fail);
  server.listen(port, hostname);

  load(data.entries.environment);
  const routerServer = load(data.entries.routerServer);
  starting = routerServer
    .initialize({ dir: folder, port, dev: false, minimalMode: false, hostname, server, keepAliveTimeout: keepAlive >= 0 ? keepAlive : undefined })
    .then((/** @type {any} */ made) => {
      next = { request: afterFirst(made.requestHandler ?? made[0]), upgrade: made.upgradeHandler ?? made[1], close: async () => made.server?.close?.() };
    });
  starting.catch(fail);
  setTimeout(keepCacheFolderSmall, SWEEP_AFTER).unref();
  process.on('uncaughtException', (error) => console.error(error));
  process.on('unhandledRejection', (error) => console.error(error));
  if (!process.env.NEXT_MANUAL_SIG_HANDLE) stopGracefully(server, () => Promise.allSettled([next?.close(), shared?.flush()]));
}

/** A wrong setting ends the process with one line, before anything listens. @returns {{flush: () => Promise<void>}|null} the shared cache */
function checkSettings() {
  try {
    checkCacheFolder();
    checkPreviewSecret();
    fetchLocalImages();
    const shared = cacheSettings(process.env, data.name);
    return shared ? require('./shared-cache/index.js').shareCache(shared) : null;
  } catch (error) {
    console.error(`error: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}

/** @param {unknown} error */
function fail(error) {
  console.error(error);
  process.exit(1);
}

/** @param {string} folder @param {number} port @param {string} hostname */
function prepareProcess(folder, port, hostname) {
  const env = /** @type {Record<string, string|undefined>} */ (process.env);
  env.NODE_ENV = 'production';
  env.PORT = String(port);
  takePublicValues();
  env.__NEXT_PRIVATE_STANDALONE_CONFIG = withPublicValues('', data.config);
  env.__NEXT_PRIVATE_ORIGIN = `http://${hostname === '0.0.0.0' ? 'localhost' : hostname}:${port}`;
  process.title = 'next-server';
  try {
    process.chdir(folder);
  } catch {
    // a monorepo's app folder does not exist beside the executable; relative paths resolve below all the same
  }
  process.cwd = () => folder;
}

/** --compile-jit-policy=4 holds the compiler back until the first answer; for all that follow it pays. @param {Function} handle */
function afterFirst(handle) {
  let first = true;
  return (/** @type {any} */ request, /** @type {any} */ response) => {
    if (first) {
      first = false;
      response.once('finish', () => /** @type {any} */ (globalThis).Bun.unsafe.setJITPolicy?.(1));
    }
    return handle(request, response);
  };
}
