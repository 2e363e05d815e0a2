import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isTwoByte } from '../../src/compile/bun.js';
import { fileSum } from '../../src/link/file-sum.js';
import { folderWith } from '../support/folder.js';

const WORD = Buffer.from('__nextcore.functions=', 'utf16le');
const PIECE = 4 << 20;

test('size, hash and what is found are those of the whole file, wherever pieces of it end', (t) => {
  const path = join(folderWith(t, {}), 'file');
  for (const at of [null, 0, PIECE - WORD.length, PIECE - WORD.length + 1, PIECE - 1, PIECE, 2 * PIECE - 7]) {
    const content = Buffer.alloc(2 * PIECE + 1000, 'ab');
    if (at !== null) WORD.copy(content, at);
    writeFileSync(path, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    assert.deepEqual(fileSum(path, isTwoByte), { sha256, size: content.length, found: at !== null }, String(at));
  }
});

test('an empty file', (t) => {
  const path = join(folderWith(t, { file: '' }), 'file');
  assert.deepEqual(fileSum(path, isTwoByte), { sha256: createHash('sha256').digest('hex'), size: 0, found: false });
});
