import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bunExecutable } from '../../src/compile/bun.js';

const SCRIPT = fileURLToPath(new URL('./blob-types.script.mjs', import.meta.url));

test('content types of blobs, files and uploads are what node says', () => {
  const [node, bun] = [process.execPath, bunExecutable()].map((command) => JSON.parse(execFileSync(command, [SCRIPT], { encoding: 'utf8' })));
  assert.deepEqual(bun, node);
  assert.deepEqual(node['request get'], ['table.txt', 'text/csv', 3, true, true]);
});
