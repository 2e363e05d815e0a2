#!/usr/bin/env node
// compare.js <app-dir> <dist> [table.json]: asks node twice and the executable once, and shows what differs.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { facets, firstDifference } from './normalise.js';
import { send } from './request.js';
import { findDistDir, startExecutable, startNode } from './servers.js';
import { generalTable, ownTable } from './table.js';

/** What Next says when something went wrong that the status does not show. */
const COMPLAINT = /Expected the resume|⨯|unhandled|Error:|Warning:|Failed to|not found in|EACCES|ENOENT/i;

/**
 * @typedef {object} Setting
 * @property {string} [table] file of the app's own rows
 * @property {Record<string, string>} [env] of all three servers
 * @property {() => Promise<import('./servers.js').Running>} [startOurs] in place of a plain start of dist/server
 * @property {Record<string, string>} [words] `$NAME` in the table's paths and headers
 */

/**
 * @param {string} appDir @param {string} dist @param {Setting} [setting]
 * @returns {Promise<{rows: number, same: number, unstable: number, differences: string[], complaints: string[], exitCode: number|null}>}
 */
export async function compare(appDir, dist, { table, env = {}, words = {}, startOurs = () => startExecutable(dist, env) } = {}) {
  const payload = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
  const distDir = findDistDir(appDir);
  const known = { BUILD_ID: payload.build.id, ...words };
  const rows = [...generalTable(payload, distDir), ...(table ? ownTable(table, distDir, known) : [])];
  const started = await Promise.allSettled([startNode(appDir, env), startNode(appDir, env), startOurs()]);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const [first, second, ours] = running;
    const jars = running.map(() => new Map());
    const differences = [];
    let unstable = 0;
    for (const row of rows) {
      const answers = await Promise.all(running.map(async (server, index) => facets(await send(server.port, row, jars[index]), server.port)));
      const found = rowDifferences(answers);
      unstable += found.unstable;
      if (found.lines.length) differences.push([describe(row), ...found.lines].join('\n    '));
    }
    const exitCode = await ours.stop();
    const known = new Set([first, second].flatMap((server) => complaints(server.log())));
    return { rows: rows.length, same: rows.length - differences.length, unstable, differences, complaints: complaints(ours.log()).filter((line) => !known.has(line)), exitCode };
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
}

/** @param {Map<string, string>[]} answers node, node again, ours */
function rowDifferences([first, second, ours]) {
  const lines = [];
  let unstable = 0;
  for (const name of new Set([...first.keys(), ...ours.keys()])) {
    const [a, b, c] = [first, second, ours].map((answer) => answer.get(name) ?? '(absent)');
    if (a === c || b === c) continue;
    if (a !== b) unstable++; // node does not agree with itself
    else lines.push(`${name} ${a.length + c.length < 200 ? `node: ${a}  ours: ${c}` : firstDifference(a, c)}`);
  }
  return { lines, unstable };
}

/**
 * Numbers are masked (ports, digests and line numbers differ), and so is what a TypeError says: the engines word it
 * differently.
 * @param {string} log
 */
const complaints = (log) => [...new Set(log.split('\n').filter((line) => COMPLAINT.test(line)).map((line) => line.replace(/\d+/g, 'N').replace(/(TypeError: ).*/, '$1…').trim()))];

/** @param {import('./request.js').Row} row */
const describe = (row) => [row.method ?? 'GET', row.path, row.action ? `action ${row.action}` : '', row.headers ? JSON.stringify(row.headers) : '', row.note ?? ''].filter(Boolean).join(' ');

if (process.argv[1] === import.meta.filename) {
  const [appDir, dist, table] = process.argv.slice(2);
  if (!dist) {
    process.stderr.write('usage: compare.js <app-dir> <dist> [table.json]\n');
    process.exit(2);
  }
  const result = await compare(resolve(appDir), resolve(dist), table ? { table: resolve(table) } : {});
  for (const difference of result.differences) process.stdout.write(difference + '\n');
  for (const line of result.complaints) process.stdout.write(`log: ${line}\n`);
  process.stdout.write(`${result.same} of ${result.rows} rows the same, ${result.unstable} facets differ under node itself, exit code after SIGTERM ${result.exitCode}\n`);
  process.exitCode = result.differences.length || result.complaints.length || result.exitCode !== 0 ? 1 : 0;
}
