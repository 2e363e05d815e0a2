import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { sortFiles } from '../../src/link/sort-files.js';
import { traceTree } from '../../src/trace/tree.js';
import { folderWith } from '../support/folder.js';

/** @param {import('node:test').TestContext} t @param {Record<string, string|object>} files @param {Record<string, string>} [links] */
function traced(t, files, links = {}) {
  const root = realpathSync(folderWith(t, files));
  for (const [link, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, link)), { recursive: true });
    symlinkSync(join(root, target), join(root, link));
  }
  return traceTree(/** @type {any} */ ({ root, appDir: join(root, 'apps/web'), distDir: join(root, 'apps/web/.next'), nextDir: join(root, 'node_modules/next'), nextVersion: '16.4.6' }));
}

/** An app in a workspace, after a server has run in its standalone output. */
const APP = {
  'node_modules/next/package.json': { name: 'next', version: '16.4.6' },
  'node_modules/next/dist/server/next.js': '',
  'node_modules/.pnpm/left@1/node_modules/left/index.js': '',
  'apps/web/.next/BUILD_ID': 'id',
  'apps/web/.next/required-server-files.json': {},
  'apps/web/.next/next-server.js.nft.json': { version: 1, files: ['../../../node_modules/next/dist/server/next.js', '../node_modules/left/index.js', '../.env', '../.env.production', '../.env.example', '../locales/en.json', '../public/big.png', '../../../../outside.js', 'server/pages/gone.js'] },
  'apps/web/.next/server/app/page.js': '',
  'apps/web/.next/server/app/page.js.map': '',
  'apps/web/.next/server/app/page.js.nft.json': { version: 1, files: ['../../static/chunk.js', '../../cache/fetch-cache/1', '../../standalone/apps/web/.next/server/app/isr.html'] },
  'apps/web/.next/static/chunk.js': '',
  'apps/web/.next/cache/fetch-cache/1': '{}',
  'apps/web/.next/standalone/apps/web/.next/server/app/isr.html': 'written while it ran',
  'apps/web/.env': 'SECRET=1',
  'apps/web/.env.production': 'SECRET=2',
  'apps/web/.env.example': '',
  'apps/web/locales/en.json': {},
  'apps/web/public/big.png': 'x',
  'apps/web/next-i18next.config.js': 'module.exports = {}',
  'apps/web/next.config.mjs': 'throw new Error("evaluated")',
};
const LINKS = { 'apps/web/node_modules/left': 'node_modules/.pnpm/left@1/node_modules/left' };

test('what a server can reach: no static file, no .env file, no map, nothing of an output that a server ran in', (t) => {
  const tree = traced(t, APP, LINKS);
  assert.deepEqual([...tree.files.keys()].sort(), [
    '/apps/web/.next/BUILD_ID',
    '/apps/web/.next/required-server-files.json',
    '/apps/web/.next/server/app/page.js',
    '/apps/web/locales/en.json',
    '/apps/web/next-i18next.config.js',
    '/node_modules/.pnpm/left@1/node_modules/left/index.js',
    '/node_modules/next/dist/server/next.js',
  ]);
});

test('links are kept, and files stand where they really are', (t) => {
  const tree = traced(t, APP, LINKS);
  assert.deepEqual(tree.links, { '/apps/web/node_modules/left': '/node_modules/.pnpm/left@1/node_modules/left' });
  assert.deepEqual([tree.app, tree.dist, tree.next], ['/apps/web', '/apps/web/.next', '/node_modules/next']);
});

test('manifests are told by their content: a page called site.webmanifest.js is a page', (t) => {
  const server = 'apps/web/.next/server/app';
  const kinds = sortFiles(
    traced(t, {
      ...APP,
      [`${server}/page_client-reference-manifest.js`]: 'globalThis.__RSC_MANIFEST = {}',
      [`${server}/site.webmanifest/route_manifest.js`]: 'module.exports = { GET() {} }',
      [`${server}/webmanifest.js`]: '"use strict"; exports.default = 1',
    }),
  );
  assert.deepEqual(kinds.manifests, [`/${server}/page_client-reference-manifest.js`]);
  assert.ok(kinds.entries.includes(`/${server}/webmanifest.js`) && kinds.entries.includes(`/${server}/site.webmanifest/route_manifest.js`));
});

test("edge bundles stay text, the app's own scripts are readable, shared libraries are neither", (t) => {
  const kinds = sortFiles(
    traced(t, {
      ...APP,
      'apps/web/.next/server/middleware.js': 'edge()',
      'apps/web/.next/server/middleware-manifest.json': { middleware: { '/': { files: ['server/middleware.js'], wasm: [], assets: [] } }, functions: {} },
      'apps/web/.next/server/middleware.js.nft.json': { version: 1, files: ['../../config.js', '../../lib.so.1'] },
      'apps/web/config.js': 'module.exports = 1',
      'apps/web/lib.so.1': '',
    }),
  );
  assert.ok(kinds.data.includes('/apps/web/.next/server/middleware.js') && !kinds.entries.includes('/apps/web/.next/server/middleware.js'));
  assert.ok(kinds.data.includes('/apps/web/config.js') && kinds.others.includes('/apps/web/config.js'));
  assert.ok(!Object.values(kinds).flat().includes('/apps/web/lib.so.1'));
});
