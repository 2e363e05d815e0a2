import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bunExecutable } from '../../src/compile/bun.js';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

// What better-sqlite3 12.11.1 itself says under node (better-sqlite3.script.mjs real <a file beside its node_modules>).
const expected = JSON.parse(readFileSync(at('./better-sqlite3.expected.json'), 'utf8'));

test("better-sqlite3's stand-in says what better-sqlite3 says", async (t) => {
  const said = JSON.parse(execFileSync(bunExecutable(), [at('./better-sqlite3.script.mjs'), 'shim', at('../../src/runtime/better-sqlite3.js')], { encoding: 'utf8' }));
  assert.equal(said.length, expected.length);
  for (const [index, [name, answer]] of expected.entries()) {
    await t.test(name, () => assert.deepEqual(said[index], [name, answer]));
  }
});

test('what Bun cannot do is refused in words, not ignored', () => {
  const script = `const D=require(${JSON.stringify(at('../../src/runtime/better-sqlite3.js'))}).default;const d=new D();const out=[];
    for (const f of [()=>d.table('x',{}),()=>d.prepare('select 1').expand()]) try{f()}catch(e){out.push(e.message)}
    await d.backup('x').catch(e=>out.push(e.message));console.log(JSON.stringify(out))`;
  const messages = JSON.parse(execFileSync(bunExecutable(), ['-e', script], { encoding: 'utf8' }));
  assert.equal(messages.length, 3);
  for (const message of messages) assert.match(message, /is not available/);
});
