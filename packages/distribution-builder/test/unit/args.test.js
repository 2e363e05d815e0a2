import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '../../src/cli/args.js';
import { BuilderError } from '../../src/errors.js';

/** @type {[string, string[], RegExp][]} */
const REFUSED = [
  ['no output', ['app'], /--out is missing/],
  ['two apps', ['a', 'b', '--out', 'd'], /one argument, the app folder, got 2/],
  ['unknown architecture', ['a', '--out', 'd', '--arch', 'riscv'], /--arch is "riscv", must be x64 or arm64/],
  ['unknown package manager', ['a', '--out', 'd', '--package-manager', 'deno'], /--package-manager is "deno"/],
  ['unknown option', ['a', '--out', 'd', '--fast'], /Unknown option '--fast'/],
  ['release name that is no file name', ['release', 'd', '--name', '../x', '--version', '1'], /--name is "..\/x"/],
  ['release without version', ['release', 'd', '--name', 'x'], /--version is missing/],
];

for (const [name, argv, expected] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(() => readArguments(argv), (error) => error instanceof BuilderError && expected.test(error.what) && error.next !== '');
  });
}

test('externals are sorted and counted once', () => {
  const options = readArguments(['app', '--out', 'd', '--external', 'b', '--external', 'a', '--external', 'b']);
  assert.equal(options.command, 'build');
  assert.deepEqual(/** @type {any} */ (options).externals, ['a', 'b']);
});

test('a version may be given with its v', () => {
  assert.equal(/** @type {any} */ (readArguments(['release', 'd', '--name', 'x', '--version', 'v1.2.3'])).version, '1.2.3');
});
