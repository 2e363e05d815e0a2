import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readElf } from '../../src/natives/elf.js';

test("node's own executable is read: architecture, libraries, symbols", () => {
  const elf = readElf(readFileSync(process.execPath));
  assert.equal(elf?.machine, process.arch);
  assert.ok(elf?.needed.some((name) => name.startsWith('libc.so')));
  assert.ok(elf?.undefinedSymbols.includes('memcpy') || elf?.undefinedSymbols.includes('malloc'));
});

test('what is no ELF file is null', () => {
  assert.equal(readElf(Buffer.from('#!/bin/sh\n'.repeat(20))), null);
});
