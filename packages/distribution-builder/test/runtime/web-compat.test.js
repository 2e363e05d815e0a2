import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bunExecutable } from '../../src/compile/bun.js';

for (const [name, script] of [
  ['content types of blobs, files and uploads', './blob-types.script.mjs'],
  ['Response and ServerResponse', './http.script.mjs'],
]) {
  test(`${name} are as in node`, () => {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const [node, bun] = [process.execPath, bunExecutable()].map((command) => JSON.parse(execFileSync(command, [file], { encoding: 'utf8', timeout: 20_000 })));
    assert.ok(Object.keys(node).length > 3);
    assert.deepEqual(bun, node);
  });
}
