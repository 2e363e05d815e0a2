#!/usr/bin/env node
// run.js [part of a case's name]…: every version, layout and feature, one after the other; slow.
import { CASES } from './cases.js';
import { check } from './check.js';
import { WORK } from './prepare.js';

const wanted = process.argv.slice(2);
const chosen = CASES.filter((one) => wanted.length === 0 || wanted.some((part) => one.name.includes(part)));
let failed = 0;
for (const one of chosen) {
  const start = performance.now();
  let note = '';
  try {
    await check(one, (text) => (note = text));
    process.stdout.write(`ok      ${one.name}: ${note}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAILED  ${one.name}: ${note}\n${indent(error)}\n`);
  }
  process.stderr.write(`        ${Math.round((performance.now() - start) / 1000)} s\n`);
}
process.stdout.write(`${chosen.length - failed} of ${chosen.length} cases pass; apps are kept in ${WORK}\n`);
process.exitCode = failed || chosen.length === 0 ? 1 : 0;

/** @param {unknown} error */
function indent(error) {
  const { actual, message } = /** @type {any} */ (error);
  const lines = actual ? [...actual.differences, ...actual.complaints.map((/** @type {string} */ line) => `log: ${line}`), `exit code ${actual.exitCode}`] : [String(/** @type {any} */ (error).format?.() ?? /** @type {any} */ (error).stack ?? message)];
  return lines.join('\n').replaceAll(/^/gm, '        ');
}
