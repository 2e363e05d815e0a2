import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readAppSection } from '../../src/compile/app-section.js';
import { BUN_VERSION, bunExecutable, compile } from '../../src/compile/bun.js';
import { PAGE, buildId, prependCode, read, readProgram } from '../../src/compile/elf-entry.js';
import { HOT, addReadAhead, askAndGoOn } from '../../src/compile/read-ahead.js';
import { EXIT_CODE, smallProgram } from '../support/elf.js';
import { folderWith } from '../support/folder.js';
import { missing } from '../support/missing.js';

const notX64 = process.arch !== 'x64' && 'hot pages are recorded for x64 only';
const noStrace = missing(Boolean(spawnSync('strace', ['-V']).error) && 'needs strace');
const RECORD = 'the installed Bun is not the one that src/compile/hot-pages.x64.json was recorded from: run `python -m bench.record_hot_pages`';

/** @param {import('node:test').TestContext} t @param {Buffer} content */
function program(t, content) {
  const path = join(folderWith(t, {}), 'program');
  writeFileSync(path, content, { mode: 0o755 });
  return path;
}

/** @template T @param {string} path @param {(file: number, elf: import('../../src/compile/elf-entry.js').Elf) => T} use @returns {T} */
function withHeaders(path, use) {
  const file = openSync(path, 'r+');
  try {
    return use(file, /** @type {import('../../src/compile/elf-entry.js').Elf} */ (readProgram(file)));
  } finally {
    closeSync(file);
  }
}

/** @param {string} path @returns {string[]|null} what it asks the kernel for */
const asked = (path) => spawnSync('strace', ['-e', 'trace=madvise', path], { encoding: 'utf8' }).stderr.match(/(?<=madvise)\([^)]*\)/g);

test('the hot pages are those of the Bun that is installed', { skip: notX64 }, (t) => {
  const bun = join(folderWith(t, {}), 'bun');
  copyFileSync(bunExecutable(), bun);
  withHeaders(bun, (file, elf) => {
    assert.deepEqual({ bun: HOT.bun, buildId: HOT.buildId }, { bun: BUN_VERSION, buildId: buildId(file, elf) }, RECORD);
    const [constants, code] = elf.segments.filter(({ type }) => type === 1);
    let end = 0;
    for (const [first, count] of HOT.pages) {
      assert.ok(count > 0 && first > end, `${first} comes behind ${end}, with a page between`);
      end = first + count;
      const inside = [constants, code].some(({ address, memorySize }) => first * PAGE > address - PAGE && (end - 1) * PAGE < address + memorySize);
      assert.ok(inside, `${first}, ${count} pages, is not within one segment`);
    }
  });
  const entry = withHeaders(bun, (_, elf) => elf.entry);
  assert.equal(addReadAhead(bun, false), true);
  withHeaders(bun, (_, elf) => {
    const added = elf.segments.at(-1);
    assert.ok(added && added.type === 1 && elf.entry === added.address && elf.entry !== entry);
    assert.equal(added.address % PAGE, added.offset % PAGE, 'or the kernel cannot map it');
    for (const other of elf.segments.slice(0, -1).filter(({ type }) => type === 1)) assert.ok(added.address >= other.address + other.memorySize, 'behind all others');
  });
  assert.equal(spawnSync(bun, ['--version'], { encoding: 'utf8' }).stdout.trim(), BUN_VERSION);
});

test('what a program asks for when it starts, and that it then starts as ever', { skip: notX64 || noStrace }, (t) => {
  const path = program(t, smallProgram());
  withHeaders(path, (file, elf) => assert.equal(prependCode(file, elf, (at) => askAndGoOn(at, { soon: [[0x400, 2], [0x402, 33]], seldom: [[0x401, 1], [0x1000, 2048], [0x403, 0]] }, elf.entry)), null));
  assert.deepEqual(asked(path), [
    ...['(0x401000, 4096, MADV_RANDOM)', '(0x1000000, 8384512, MADV_RANDOM)', '(0x17ff000, 4096, MADV_RANDOM)'],
    ...['(0x400000, 8192, MADV_WILLNEED)', '(0x402000, 131072, MADV_WILLNEED)', '(0x422000, 4096, MADV_WILLNEED)'],
  ]);
  assert.equal(spawnSync(path).status, EXIT_CODE);
});

test('a program whose ranges do not exist starts as well', { skip: notX64 }, (t) => {
  const path = program(t, smallProgram());
  withHeaders(path, (file, elf) => prependCode(file, elf, (at) => askAndGoOn(at, { soon: [[0x70000, 4095]], seldom: [[0x80000, 1]] }, elf.entry)));
  assert.equal(spawnSync(path).status, EXIT_CODE);
});

test('an app: its own functions where they are few, and of its script only what is touched', { skip: notX64 || noStrace }, async (t) => {
  const work = folderWith(t, { 'server.js': `const twice = (n) => n + n;\nconsole.log(twice(21));\n${'//! kept\n'.repeat(4000)}`, 'data/file': '' });
  await compile({ work, script: 'server.js', data: 'data', out: 'server', arch: 'x64' });
  const path = join(work, 'server');
  const { own, script, section } = withHeaders(path, (file, elf) => {
    const last = /** @type {import('../../src/elf/headers.js').Section} */ (elf.sections.at(-1));
    const app = readAppSection((at, length) => read(file, last.offset + at, length), last.size);
    assert.ok(app);
    return { own: app.own, script: read(file, last.offset + app.seldom.from, app.seldom.to - app.seldom.from).toString('latin1'), section: last };
  });
  assert.match(script, /^[^]*\/\/ @bun @bytecode[^]+console\.log\([^]+\/\/! kept\n\}\)\n$/);
  assert.ok(own.to > own.from);
  const page = (/** @type {number} */ at) => `0x${(Math.floor((section.address + at) / PAGE) * PAGE).toString(16)}`;
  const calls = asked(path)?.join('\n') ?? '';
  assert.ok(calls.includes(`(${page(own.from)}, 4096, MADV_WILLNEED)`), calls);
  assert.match(calls, /, MADV_RANDOM\)/);
  assert.equal(spawnSync(path, { encoding: 'utf8' }).stdout, '42\n');
});

test('a section that is laid out otherwise is not read, and an ordered executable with it is refused', { skip: notX64 }, (t) => {
  const whole = Buffer.concat([Buffer.alloc(200), Buffer.from('\n---- Bun! ----\n')]);
  for (const section of [whole, whole.subarray(0, 100), Buffer.alloc(8)]) assert.equal(readAppSection((at, length) => section.subarray(at, at + length), section.length), null);
  const path = program(t, smallProgram({ buildId: HOT.buildId }));
  const before = readFileSync(path);
  assert.throws(() => addReadAhead(path, true), { name: 'BuilderError', message: /the app does not lie in it/ });
  assert.deepEqual(readFileSync(path), before);
});

test('only the gap, the header of the notes and the entry are written, and the file stays as long', (t) => {
  const before = smallProgram();
  const path = program(t, before);
  const code = Buffer.alloc(0x123, 0x90);
  withHeaders(path, (file, elf) => assert.equal(prependCode(file, elf, () => code), null));
  const after = readFileSync(path);
  const offset = 0x1ed0; // the last one before 0x2000 that is a multiple of 16
  assert.deepEqual(after.subarray(offset, offset + code.length), code);
  assert.equal(Number(after.readBigUInt64LE(24)), 0x403ed0);
  for (const [from, length] of [[24, 8], [120, 56], [offset, code.length]]) before.copy(after, from, from, from + length);
  assert.deepEqual(after, before);
});

test('a program it cannot be added to is refused, and stays as it was', (t) => {
  for (const [content, reason] of /** @type {[Buffer, RegExp][]} */ ([
    [smallProgram({ last: 6 }), /last program header/],
    [smallProgram({ filled: true }), /no 512 unused bytes/],
  ])) {
    const path = program(t, content);
    withHeaders(path, (file, elf) => assert.match(String(prependCode(file, elf, () => Buffer.alloc(512))), reason));
    assert.deepEqual(readFileSync(path), content);
  }
  const path = program(t, smallProgram({ buildId: HOT.buildId, filled: true }));
  assert.throws(() => addReadAhead(path, false), { name: 'BuilderError', message: /read-ahead cannot be added: .* unused bytes/ });
});

test('another Bun is left alone: unknown build, PIE, arm64; so is one with an app beyond 2 GB', (t) => {
  const unlike = [{ type: 3 }, { machine: 183 }, { memory: 2 ** 31 }];
  const contents = [smallProgram(), ...unlike.map((one) => smallProgram({ buildId: HOT.buildId, ...one })), Buffer.from('#!/bin/sh\n')];
  for (const content of contents) {
    const path = program(t, content);
    assert.equal(addReadAhead(path, false), false);
    assert.deepEqual(readFileSync(path), content);
  }
});
