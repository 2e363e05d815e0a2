import assert from 'node:assert/strict';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findRoot, inspectApp } from '../../src/build/app.js';
import { folderWith } from '../support/folder.js';

const APP = { scripts: { build: 'next build' }, dependencies: { next: '16.0.0' } };
const installed = (/** @type {string} */ version) => ({ 'node_modules/next/package.json': { name: 'next', version } });

/** @type {[string, Record<string, any>, RegExp][]} */
const REFUSED = [
  ['an empty folder', {}, /no package.json/],
  ['another framework', { 'package.json': { dependencies: { vite: '7' } } }, /does not depend on "next"/],
  ['no build script', { 'package.json': { dependencies: { next: '16' } } }, /no build script/],
  ['broken package.json', { 'package.json': '{' }, /not JSON/],
  ['nothing installed', { 'package.json': APP }, /not installed/],
  ['Next 14', { 'package.json': APP, ...installed('14.2.3') }, /Next 14.2.3 is not supported/],
  ['Next 15.4', { 'package.json': APP, ...installed('15.4.9') }, /Next 15.4.9 is not supported/],
  ['Next 17', { 'package.json': APP, ...installed('17.0.0') }, /Next 17.0.0 is not supported/],
];

for (const [name, files, expected] of REFUSED) {
  test(`refused: ${name}`, (t) => {
    const folder = folderWith(t, files);
    assert.throws(() => inspectApp(folder), (/** @type {any} */ error) => expected.test(error.what) && error.where.startsWith(folder) && error.next !== '');
  });
}

for (const [version, stable] of /** @type {[string, boolean][]} */ ([['15.5.29', false], ['16.0.9', false], ['16.1.7', false], ['16.2.0', true], ['16.4.6', true]])) {
  test(`Next ${version} is ${stable ? 'read from the adapter' : 'read from its manifests'}`, (t) => {
    const folder = folderWith(t, { 'package.json': APP, ...installed(version) });
    assert.equal(inspectApp(folder).stableAdapter, stable);
  });
}

test('an adapter is kept from pages where Next would compile them for a platform', async (t) => {
  const minimal = (/** @type {string} */ version) => inspectApp(folderWith(t, { 'package.json': APP, ...installed(version) })).adapterMeansMinimal;
  assert.deepEqual(['15.5.29', '16.0.11', '16.1.7', '16.2.12', '16.4.6'].map(minimal), [false, true, true, false, false]);
  const { default: adapter } = await import('../../src/build/adapter.mjs');
  const config = { experimental: { adapterPath: '/adapter.mjs', ppr: true } };
  assert.deepEqual(adapter.modifyConfig(config).experimental, config.experimental);
  process.env.NEXTCORE_ADAPTER_LEAVES = 'true';
  t.after(() => delete process.env.NEXTCORE_ADAPTER_LEAVES);
  assert.deepEqual(adapter.modifyConfig(config).experimental, { adapterPath: undefined, ppr: true });
});

test('the root is the workspace, not a stray lock file outside of the repository', (t) => {
  const folder = realpathSync(folderWith(t, {
    'package-lock.json': {},
    'repo/pnpm-workspace.yaml': 'packages: [apps/*]',
    'repo/apps/shop/package.json': APP,
    'repo/apps/shop/package-lock.json': {},
  }));
  mkdirSync(join(folder, 'repo/.git'));
  assert.equal(findRoot(join(folder, 'repo/apps/shop')), join(folder, 'repo'));
});
