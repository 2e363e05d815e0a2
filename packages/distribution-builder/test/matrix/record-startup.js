#!/usr/bin/env node
// record-startup.js: which functions the matrix's apps use to start, under every supported Next -> src/compile/startup.order.gz
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { STARTUP_ORDER } from '../../src/compile/startup-order.js';
import { startExecutable } from '../compare/servers.js';
import { CASES } from './cases.js';
import { build } from './check.js';
import { WORK, prepare } from './prepare.js';

/** First requests of a start; each is recorded in a start of its own. What most apps are asked for comes first. */
const FIRST_REQUESTS = [
  { cases: /^versions |^webpack$/, path: '/' },
  { cases: /^cache-components /, path: '/partial/one' },
  { cases: /^versions /, path: '/classic' },
  { cases: /^versions /, path: '/api/hello' },
];

const chosen = CASES.filter(({ name }) => FIRST_REQUESTS.some(({ cases }) => cases.test(name)));
/** @type {{case: string, path: string, used: string[], unused: string[]}[]} */
const recorded = [];
for (const one of chosen) recorded.push(...(await record(one)));

/** Newest Next first: what comes first in the file lies first in the executable. @type {Set<string>} */
const used = new Set();
for (const { cases, path } of FIRST_REQUESTS) {
  for (const start of recorded.filter((one) => cases.test(one.case) && one.path === path).reverse()) {
    const before = used.size;
    for (const hash of start.used) used.add(hash);
    process.stdout.write(`${start.case} ${path}: ${start.used.length} functions, ${used.size - before} of them new\n`);
  }
}
const unused = [...new Set(recorded.flatMap((start) => start.unused))].filter((hash) => !used.has(hash)).sort();
const lines = ['v2', ...[...used].map((hash) => `F ${hash}`), ...unused.map((hash) => `K ${hash}`), ''];
writeFileSync(STARTUP_ORDER, gzipSync(lines.join('\n'), { level: 9 }));
process.stdout.write(`${used.size} functions are used by a start, ${unused.length} by none\n`);

/** @param {import('./prepare.js').Case} one */
async function record(one) {
  const { root, appDir, path: PATH } = prepare(one);
  const dist = join(root, 'dist');
  const file = join(WORK, 'recorded.order');
  rmSync(dist, { recursive: true, force: true });
  await build(appDir, dist, { PATH });
  const starts = [];
  for (const { path } of FIRST_REQUESTS.filter(({ cases }) => cases.test(one.name))) {
    const server = await startExecutable(dist, { BUN_BYTECODE_ORDER_OUT: file });
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    if (!answer.ok) throw new Error(`${one.name} answers ${path} with ${answer.status}:\n${server.log()}`);
    await answer.arrayBuffer();
    await server.stop(); // the file is written at the end
    const lines = readFileSync(file, 'utf8').split('\n');
    const hashes = (/** @type {string} */ kind) => lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(2));
    starts.push({ case: one.name, path, used: hashes('F'), unused: hashes('K') });
  }
  rmSync(dist, { recursive: true, force: true });
  return starts;
}
