import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referencesOf } from '../../src/link/references.js';

test('a file of a package has one reference in every app, wherever its package lies', () => {
  const [here] = referencesOf(['/node_modules/next/dist/server/next.js']);
  const [, , pnpm] = referencesOf(['/apps/web/server.js', '/apps/web/lib.js', '/node_modules/.pnpm/next@16.4.6_react@19/node_modules/next/dist/server/next.js']);
  assert.equal(here, pnpm);
});

test('two versions of a package in one app have two references', () => {
  const references = referencesOf(['/node_modules/a/index.js', '/node_modules/b/node_modules/a/index.js']);
  assert.notEqual(references[0], references[1]);
});

test('files of one name in different folders are told apart', () => {
  assert.equal(new Set(referencesOf(['/app/index.js', '/lib/index.js', '/node_modules/a/index.js', '/node_modules/b/index.js'])).size, 4);
});
