import assert from 'node:assert/strict';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TransformCache } from '../../src/link/transform-cache.js';
import { folderWith } from '../support/folder.js';

const SOURCE = { source: 'a', esm: false, hot: true, lazy: false };
const DONE = { pieces: ['x'.repeat(1000)], requests: [], computed: [], awaits: false, strict: false };

/** @param {string} folder */
const filesOf = (folder) => readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

test('what was put is found again, by another run too', (t) => {
  const folder = folderWith(t, {});
  const cache = new TransformCache(folder);
  const key = cache.key(SOURCE);
  assert.equal(cache.get(key), null);
  cache.put(key, DONE);
  assert.deepEqual(cache.get(key), DONE);
  cache.save();
  assert.deepEqual(new TransformCache(folder).get(key), DONE);
});

test('another source or another option has another key', () => {
  const cache = new TransformCache('/nowhere');
  const keys = [SOURCE, { ...SOURCE, source: 'b' }, { ...SOURCE, esm: true }, { ...SOURCE, hot: false }, { ...SOURCE, lazy: true }].map((source) => cache.key(source));
  assert.equal(new Set(keys).size, keys.length);
});

test('a damaged entry counts as absent', (t) => {
  const folder = folderWith(t, {});
  const cache = new TransformCache(folder);
  cache.put(cache.key(SOURCE), DONE);
  cache.save();
  writeFileSync(filesOf(folder)[0], '{"pieces":["x');
  assert.equal(cache.get(cache.key(SOURCE)), null);
});

test('a folder that cannot be written is no error', (t) => {
  const folder = folderWith(t, { file: '' });
  const cache = new TransformCache(join(folder, 'file', 'below'));
  cache.put(cache.key(SOURCE), DONE);
  cache.save();
  assert.equal(cache.get(cache.key(SOURCE)), null);
});

test('over the limit the oldest go; what this build used stays, however old', (t) => {
  const folder = folderWith(t, {});
  const sources = Array.from({ length: 10 }, (_, index) => ({ ...SOURCE, source: String(index) }));
  const before = new TransformCache(folder);
  for (const [index, source] of sources.entries()) {
    before.put(before.key(source), DONE);
    before.save();
    for (const file of filesOf(folder)) if (statSync(file).mtimeMs > 10_000_000_000) utimesSync(file, index + 1, index + 1);
  }
  const size = filesOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
  const now = new TransformCache(folder, size);
  now.get(now.key(sources[0]));
  now.put(now.key(SOURCE), DONE);
  now.save();
  const left = sources.map((source) => new TransformCache(folder).get(now.key(source)) !== null);
  assert.deepEqual(left, [true, false, false, false, true, true, true, true, true, true]);
});
