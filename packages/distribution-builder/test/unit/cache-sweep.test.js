import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sweepCacheFolder } from '../../src/runtime/cache-sweep.js';

const NOW = Date.UTC(2026, 5, 1);
const days = (/** @type {number} */ count) => NOW / 1000 - count * 24 * 60 * 60;

test('pages of builds that nobody started for a month go; the own, the recent and what all builds share stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-sweep-'));
  for (const [name, age] of /** @type {[string, number][]} */ ([['cache', 90], ['own', 90], ['recent', 29], ['old', 31]])) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'page.html'), 'page');
    utimesSync(join(folder, name), days(age), days(age));
  }
  sweepCacheFolder(folder, 'own', NOW);
  assert.deepEqual(readdirSync(folder).sort(), ['cache', 'own', 'recent']);
});

test('a build that was just started is not swept by another one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-sweep-'));
  sweepCacheFolder(folder, 'one', NOW);
  sweepCacheFolder(folder, 'two', NOW);
  assert.deepEqual(readdirSync(folder).sort(), ['one', 'two']);
});
