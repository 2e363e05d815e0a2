#!/usr/bin/env node
// run.js [part of a case's name]…: every version, layout and feature, one after the other; slow. Ends with a table.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from './cases.js';
import { check } from './check.js';
import { WORK, folderOf } from './prepare.js';

const wanted = process.argv.slice(2);
const chosen = CASES.filter((one) => wanted.length === 0 || wanted.some((part) => one.name.includes(part)));
/** @type {string[][]} */
const table = [['case', 'Next', 'packages by', 'result', 'as node', 'built in']];
let failed = 0;
for (const one of chosen) {
  /** @type {Partial<import('./check.js').Note>} */
  const note = {};
  let result = 'ok';
  try {
    await check(one, (told) => Object.assign(note, told));
    rmSync(join(folderOf(one), 'dist'), { recursive: true, force: true }); // 200 MB a case
  } catch (error) {
    failed++;
    result = 'FAILED';
    process.stdout.write(`${one.name}:\n${indent(error)}\n`);
  }
  table.push([one.name, note.next ?? '', one.manager ?? 'npm', result, note.same ?? '', note.built ?? '']);
  process.stderr.write(`${result.padEnd(8)}${one.name}\n`);
}
const widths = table[0].map((_head, column) => Math.max(...table.map((row) => row[column].length)));
for (const row of table) process.stdout.write(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`);
process.stdout.write(`${chosen.length - failed} of ${chosen.length} cases pass; apps are kept in ${WORK}\n`);
process.exitCode = failed || chosen.length === 0 ? 1 : 0;

/** @param {unknown} error */
function indent(error) {
  const { actual, message } = /** @type {any} */ (error);
  const lines = actual?.differences ? [...actual.differences, ...actual.complaints.map((/** @type {string} */ line) => `log: ${line}`), `exit code ${actual.exitCode}`] : [String(/** @type {any} */ (error).format?.() ?? /** @type {any} */ (error).stack ?? message)];
  return lines.join('\n').replaceAll(/^/gm, '        ');
}
