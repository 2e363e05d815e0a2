import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuilderError } from '../../src/errors.js';
import { applyPatches } from '../../src/link/patches/index.js';

test('a patch that finds nothing to change fails the build', () => {
  assert.throws(() => applyPatches('/dist/server/config.js', 'nothing of it', 16), BuilderError);
});

test('a patch of a later major leaves an older one alone', () => {
  assert.equal(applyPatches('/dist/server/node-environment.js', 'x', 15), 'x');
});

test('other files are not touched', () => {
  assert.equal(applyPatches('/dist/server/other.js', 'x', 16), 'x');
});
