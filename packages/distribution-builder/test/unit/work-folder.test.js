import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { makeWorkFolder } from '../../src/build/work-folder.js';
import { folderWith } from '../support/folder.js';

const ENDED = `${spawnSync(process.execPath, ['--version']).pid}-aBcDeF`;
const RUNNING = `${process.ppid}-aBcDeF`;
const HOURS_AGO = Date.now() / 1000 - 2 * 3600;

/** @param {string} cache @param {string} name */
const age = (cache, name) => utimesSync(join(cache, 'work', name), HOURS_AGO, HOURS_AGO);

test('what a killed build left is removed', (t) => {
  const cache = folderWith(t, { [`work/${ENDED}/link/server`]: 'executable' });
  age(cache, ENDED);
  const own = makeWorkFolder(cache);
  assert.deepEqual(readdirSync(join(cache, 'work')), [basename(own)]);
  assert.deepEqual(readdirSync(own), []);
});

test('the folder of a build that runs stays, however old', (t) => {
  const cache = folderWith(t, { [`work/${RUNNING}/link/server.js`]: '' });
  age(cache, RUNNING);
  makeWorkFolder(cache);
  assert.ok(existsSync(join(cache, 'work', RUNNING, 'link/server.js')));
});

test('that of a process which is not seen stays for an hour: it may run in another container', (t) => {
  const cache = folderWith(t, { [`work/${ENDED}/link/server.js`]: '' });
  makeWorkFolder(cache);
  assert.ok(existsSync(join(cache, 'work', ENDED)));
});

test('two builds have two folders, of one process as well', (t) => {
  const cache = folderWith(t, {});
  assert.notEqual(makeWorkFolder(cache), makeWorkFolder(cache));
});
