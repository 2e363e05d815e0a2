import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** More do not help: resolving and Bun's compiler, which follow, have one thread each. */
const MOST_THREADS = 4;

/** @typedef {{source: import('./transform.js').Source, resolve: (done: any) => void, reject: (error: Error) => void}} Task */

/**
 * Threads that transform; each is started when there is work for it and ends with the pool. Without threads (a machine
 * with one core) the same code runs here.
 */
export class TransformPool {
  /** @type {Worker[]} */
  #threads = [];
  /** @type {Worker[]} */
  #idle = [];
  /** @type {Map<Worker, Task>} */
  #running = new Map();
  /** @type {Task[]} */
  #waiting = [];
  #size;

  /** @param {number} [size] number of threads; 0: none */
  constructor(size = Math.min(availableParallelism(), MOST_THREADS)) {
    this.#size = size > 1 ? size : 0;
  }

  /** @param {import('./transform.js').Source} source @returns {Promise<import('./transform.js').Transformed>} */
  async run(source) {
    if (this.#size === 0) return (await import('./transform.js')).transform(source);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ source, resolve, reject });
      this.#next();
    });
  }

  async close() {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #next() {
    if (this.#waiting.length === 0) return;
    const thread = this.#idle.pop() ?? (this.#threads.length < this.#size ? this.#start() : undefined);
    const task = thread && this.#waiting.shift();
    if (!thread || !task) return;
    this.#running.set(thread, task);
    thread.postMessage(task.source);
  }

  #start() {
    const thread = new Worker(new URL('./transform-worker.js', import.meta.url));
    thread.on('message', (done) => {
      this.#running.get(thread)?.resolve(done);
      this.#running.delete(thread);
      this.#idle.push(thread);
      this.#next();
    });
    thread.on('error', (error) => {
      for (const task of [...this.#running.values(), ...this.#waiting.splice(0)]) task.reject(error);
    });
    this.#threads.push(thread);
    return thread;
  }
}
