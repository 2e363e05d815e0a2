import { parentPort } from 'node:worker_threads';
import { transform } from './transform.js';

/** One thread of the pool: sources in, transformed modules out, each with the number of its task. */
parentPort?.on('message', async (/** @type {{id: number, source: import('./transform.js').Source}} */ { id, source }) => {
  parentPort?.postMessage({ id, done: await transform(source) });
});
