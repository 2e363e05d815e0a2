import { parentPort } from 'node:worker_threads';
import { transform } from './transform.js';

/** One thread of the pool: a source in, a transformed module out. */
parentPort?.on('message', async (/** @type {import('./transform.js').Source} */ source) => {
  parentPort?.postMessage(await transform(source));
});
