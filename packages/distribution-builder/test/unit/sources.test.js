import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeGenerated, readSources, sourceLines } from '../../src/fingerprint/sources.js';
import { addFiles, folderWith } from '../support/folder.js';

test('packages, build output and version control are no sources', (t) => {
  const folder = folderWith(t, { 'a.js': '1', 'node_modules/x/i.js': '', '.next/BUILD_ID': '', '.git/HEAD': '', 'lib/b.js': '2', 'dist/server': '' });
  assert.deepEqual(Object.keys(readSources(folder, { skip: [`${folder}/dist`] })).sort(), ['a.js', 'lib/b.js']);
});

test('what a build writes into public/ does not count as a change of the source', (t) => {
  const folder = folderWith(t, { 'a.js': '1', 'public/feed.xml': 'old' });
  const first = readSources(folder, { skip: [] });
  const lines = sourceLines(first, {});
  addFiles(folder, { 'public/feed.xml': 'written at 10:00', 'public/search.json': '[]' });
  const second = readSources(folder, { skip: [], known: first });
  const generated = mergeGenerated({}, first, second);
  assert.deepEqual(sourceLines(second, generated), lines);

  addFiles(folder, { 'public/feed.xml': 'written at 11:00' });
  const third = readSources(folder, { skip: [], known: second });
  assert.deepEqual(sourceLines(third, mergeGenerated(generated, second, third)), lines, 'a second build');
});

test('an edit of a generated file does count', (t) => {
  const folder = folderWith(t, { 'public/feed.xml': 'old' });
  const first = readSources(folder, { skip: [] });
  addFiles(folder, { 'public/feed.xml': 'made' });
  const generated = mergeGenerated({}, first, readSources(folder, { skip: [] }));
  addFiles(folder, { 'public/feed.xml': 'edited by hand' });
  assert.notDeepEqual(sourceLines(readSources(folder, { skip: [] }), generated), sourceLines(first, {}));
});
