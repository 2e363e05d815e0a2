import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** More do not help: resolving and Bun's compiler, which follow, have one thread each. */
const MOST_THREADS = 4;

/**
 * Characters. Behind a task that is this short a thread is given a second one: it takes 1-10 ms, and until the thread that
 * links has come round to its result and to the next task go 2-3 ms more.
 */
const SHORT = 50_000;

/** @typedef {{id: number, source: import('./transform.js').Source, length: number, resolve: (done: any) => void, reject: (error: Error) => void}} Task */

/**
 * Threads that transform; each is started when there is work for it and ends with the pool. Without threads (a machine
 * with one core) the same code runs here.
 */
export class TransformPool {
  /** What each thread has to do. @type {Map<Worker, Task[]>} */
  #threads = new Map();
  /** @type {Task[]} */
  #waiting = [];
  #tasks = 0;
  #size;

  /** @param {number} [size] number of threads; 0: none */
  constructor(size = Math.min(availableParallelism(), MOST_THREADS)) {
    this.#size = size > 1 ? size : 0;
  }

  /** @param {import('./transform.js').Source} source @returns {Promise<import('./transform.js').Transformed>} */
  async run(source) {
    if (this.#size === 0) return (await import('./transform.js')).transform(source);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#tasks++, source, length: source?.source.length ?? 0, resolve, reject });
      this.#next();
    });
  }

  async close() {
    await Promise.all([...this.#threads.keys()].map((thread) => thread.terminate()));
  }

  #next() {
    if (this.#waiting.length === 0) return;
    const thread = this.#free();
    if (!thread) return;
    const task = this.#takeLongest();
    this.#threads.get(thread)?.push(task);
    thread.postMessage({ id: task.id, source: task.source });
  }

  /** @returns {Worker|undefined} */
  #free() {
    const threads = [...this.#threads];
    const idle = threads.find(([, tasks]) => tasks.length === 0)?.[0];
    if (idle) return idle;
    if (threads.length < this.#size) return this.#start();
    return threads.find(([, tasks]) => tasks.length === 1 && tasks[0].length < SHORT)?.[0];
  }

  /** So that none of a second is left for the end, when the other threads have nothing to do. @returns {Task} */
  #takeLongest() {
    let longest = 0;
    for (const [index, { length }] of this.#waiting.entries()) if (length > this.#waiting[longest].length) longest = index;
    return this.#waiting.splice(longest, 1)[0];
  }

  #start() {
    const thread = new Worker(new URL('./transform-worker.js', import.meta.url));
    /** @type {Task[]} */
    const tasks = [];
    this.#threads.set(thread, tasks);
    thread.on('message', ({ id, done }) => {
      const [task] = tasks.splice(tasks.findIndex((one) => one.id === id), 1);
      this.#next();
      task.resolve(done);
    });
    thread.on('error', (error) => {
      for (const task of [...[...this.#threads.values()].flat(), ...this.#waiting.splice(0)]) task.reject(error);
    });
    return thread;
  }
}
