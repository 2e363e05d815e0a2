import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyAssets } from '../../src/payload/assets.js';
import { makePayload } from '../../src/payload/payload.js';
import { removeOwnPaths } from '../../src/build/own-paths.js';
import { replacePreviewKeys } from '../../src/build/stable-keys.js';
import { readManifest } from '../../src/collect/collect.js';
import { addFiles, folderWith } from '../support/folder.js';
import { schemaErrors } from '../support/schema.js';

const PREVIEW = { previewModeId: 'ab'.repeat(16), previewModeSigningKey: 'cd'.repeat(32), previewModeEncryptionKey: 'ef'.repeat(32) };

/** The manifests Next 16.1 writes for a small app with both routers, shortened. */
const OUTPUT = {
  '.next/routes-manifest.json': {
    staticRoutes: ['/', '/_not-found', '/feed', '/plain', '/api/old', '/edge'].map((page) => ({ page, regex: `^${page}$` })),
    dynamicRoutes: [{ page: '/blog/[...slug]', regex: '^/blog/(.+?)$' }, { page: '/[[...rest]]', regex: '^/(.*)$' }],
    redirects: [{ source: '/a', destination: '/b', permanent: true, regex: '^/a$', has: [{ type: 'host', value: 'x.org' }] }],
    rewrites: [{ source: '/c', destination: 'https://example.org/c', regex: '^/c$' }],
    headers: [{ source: '/d', regex: '^/d$', headers: [{ key: 'x-d', value: '1' }] }],
  },
  '.next/prerender-manifest.json': {
    routes: {
      '/': { initialRevalidateSeconds: false, srcRoute: '/' },
      '/blog/a': { initialRevalidateSeconds: 30, srcRoute: '/blog/[...slug]' },
      '/blog/b': { initialRevalidateSeconds: 10, srcRoute: '/blog/[...slug]' },
      '/feed': { initialRevalidateSeconds: false, srcRoute: '/feed' },
    },
    dynamicRoutes: { '/[[...rest]]': { fallback: null, renderingMode: 'PARTIALLY_STATIC' } },
    preview: PREVIEW,
  },
  '.next/app-path-routes-manifest.json': { '/page': '/', '/feed/route': '/feed', '/edge/page': '/edge', '/blog/[...slug]/page': '/blog/[...slug]' },
  '.next/server/pages-manifest.json': { '/plain': 'pages/plain.html', '/api/old': 'pages/api/old.js' },
  '.next/server/middleware-manifest.json': {
    middleware: { '/': { matchers: [{ regexp: '^/m$', originalSource: '/m', locale: false, missing: [{ type: 'header', key: 'purpose', value: 'prefetch' }] }] } },
    functions: { '/edge/page': { page: '/edge/page' } },
  },
  '.next/server/app/blog/a.meta': { headers: { 'x-next-cache-tags': '_N_T_/layout,posts,_N_T_/blog/a,authors' } },
  '.next/server/edge.js': `const id = "${PREVIEW.previewModeId}"`,
  '.next/static/chunks/a-1234.js': 'chunk',
  'public/ü file.txt': 'text',
  'public/nested/logo.svg': '<svg/>',
};

/** @param {string} appDir @param {Record<string, any>} [config] @returns {import('../../src/collect/next-build.js').NextBuild} */
const buildOf = (appDir, config = {}) => ({
  appDir,
  root: appDir,
  distDir: join(appDir, '.next'),
  nextDir: join(appDir, 'node_modules/next'),
  nextVersion: '16.1.7',
  buildId: 'build1',
  config: { basePath: '/shop', trailingSlash: false, distDir: '.next', images: {}, ...config },
  outputMode: 'server',
  adapter: null,
  sourceFingerprint: `sha256:${'0'.repeat(64)}`,
  gitSha: null,
});

const PARTS = { name: 'x', arch: /** @type {'x64'} */ ('x64'), executable: { sha256: '1'.repeat(64), size: 1 }, natives: [], externals: [], env: { read: [], public: [], required: [] } };

test('a build of both routers as a payload', async (t) => {
  const appDir = folderWith(t, OUTPUT);
  const build = buildOf(appDir);
  const payload = makePayload(build, { ...PARTS, assets: await copyAssets(build, join(appDir, 'dist/assets')) });

  assert.deepEqual(schemaErrors(payload), []);
  const shown = payload.routes.map((route) => [route.path, route.kind, route.runtime, route.revalidate, route.ppr, route.params.join(), route.tags.join()].join(' | '));
  assert.deepEqual(shown, [
    '/ | SSG | nodejs | false | false |  | ',
    '/[[...rest]] | SSR | nodejs | false | true | rest | ',
    '/api/old | API | nodejs |  | false |  | ',
    '/blog/[...slug] | ISR | nodejs | 10 | false | slug | authors,posts',
    '/edge | SSR | edge |  | false |  | ',
    '/feed | API | nodejs | false | false |  | ',
    '/plain | SSG | nodejs | false | false |  | ',
  ]);
  assert.deepEqual(payload.redirects[0], { source: '/a', destination: '/b', statusCode: 308, regex: '^/a$', has: [{ type: 'host', key: null, value: 'x.org' }], missing: [], internal: false, locale: null });
  assert.equal(payload.rewrites.afterFiles.length, 1);
  assert.deepEqual(payload.middleware, { runtime: 'edge', matchers: [{ regex: '^/m$', source: '/m', has: [], missing: [{ type: 'header', key: 'purpose', value: 'prefetch' }], locale: false }] });
  const assets = payload.assets.map((/** @type {any} */ asset) => [asset.path, asset.contentType, asset.cacheControl, asset.immutable].join(' | '));
  assert.deepEqual(assets, [
    '/shop/_next/static/chunks/a-1234.js | text/javascript; charset=utf-8 | public, max-age=31536000, immutable | true',
    '/shop/nested/logo.svg | image/svg+xml | public, max-age=0 | false',
    '/shop/ü file.txt | text/plain; charset=utf-8 | public, max-age=0 | false',
  ]);
});

test('a payload that names a preview key or the builder\'s folder is refused', (t) => {
  const appDir = folderWith(t, OUTPUT);
  const leaks = [{ matcher: PREVIEW.previewModeId }, { dir: `${appDir}/public` }];
  for (const leak of leaks) {
    assert.throws(() => makePayload(buildOf(appDir, { basePath: JSON.stringify(leak) }), { ...PARTS, assets: [] }), /payload would contain/);
  }
});

test('preview keys follow from the source, wherever Next wrote them', (t) => {
  const keys = ['one', 'one', 'two'].map((seed) => {
    const appDir = folderWith(t, OUTPUT);
    assert.equal(replacePreviewKeys(join(appDir, '.next'), seed), 2);
    const { preview } = readManifest(join(appDir, '.next'), 'prerender-manifest.json');
    assert.notEqual(preview.previewModeId, PREVIEW.previewModeId);
    return JSON.stringify(preview);
  });
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[0], keys[2]);
});

test("the builder's own paths leave the manifests the server reads", (t) => {
  const appDir = folderWith(t, {});
  const manifest = JSON.stringify({ config: { adapterPath: '/opt/adapter.mjs', distDir: '.next', turbopack: { root: appDir }, cacheHandler: `${appDir}/cache.js` }, appDir });
  addFiles(appDir, { '.next/required-server-files.json': manifest, '.next/required-server-files.js': `self.__SERVER_FILES_MANIFEST=${manifest};` });
  removeOwnPaths(buildOf(appDir));
  const expected = { config: { distDir: '.next', turbopack: { root: '.' }, cacheHandler: './cache.js' }, appDir: '.' };
  assert.deepEqual(readManifest(join(appDir, '.next'), 'required-server-files.json'), expected);
  const script = readFileSync(join(appDir, '.next/required-server-files.js'), 'utf8');
  assert.deepEqual(JSON.parse(script.slice('self.__SERVER_FILES_MANIFEST='.length, -1)), expected);
});
