import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../src/build-distribution.js';
import { folderWith } from './support/folder.js';
import { schemaErrors } from './support/schema.js';
import { missing } from './support/missing.js';

const APP = fileURLToPath(new URL('../../../examples/storefront', import.meta.url));
const installed = existsSync(join(APP, 'node_modules/next/package.json'));
const skip = missing(!installed && 'examples/storefront has no node_modules: run npm ci there');

/** Everything but the linker, which has tests of its own and takes ten times as long. */
const quickLinker = async () => ({
  makeExecutable: async (/** @type {any} */ _build, /** @type {{out: string}} */ { out }) => {
    writeFileSync(out, 'executable');
    return { sha256: '1'.repeat(64), size: 10, bunVersion: '', natives: [], externals: [], stats: {}, envNames: [], packages: [] };
  },
});

test('storefront: payload, assets, and nothing to do the second time', { skip }, async (t) => {
  const out = folderWith(t, {});
  process.env.NEXTCORE_CACHE = folderWith(t, {});
  /** @type {import('../src/cli/args.js').BuildOptions} */
  const options = { command: 'build', appDir: APP, out, arch: 'x64', natives: 'embed', externals: [], install: false, pwa: false, publicAtRuntime: false, json: true };
  const first = await buildDistribution(options, () => {}, /** @type {any} */ (quickLinker));
  assert.equal(first.cached, false);
  assert.deepEqual(readdirSync(out).sort(), ['assets', 'payload.json', 'sbom.json', 'server']);

  const text = readFileSync(join(out, 'payload.json'), 'utf8');
  const payload = JSON.parse(text);
  assert.deepEqual(schemaErrors(payload), []);
  const kinds = Object.fromEntries(payload.routes.map((/** @type {any} */ route) => [route.path, route.kind]));
  assert.deepEqual(
    ['/', '/about', '/news', '/products/[id]', '/api/stream', '/legacy', '/legacy/[slug]', '/legacy/static', '/sitemap.xml'].map((path) => kinds[path]),
    ['SSR', 'SSG', 'ISR', 'SSG', 'API', 'SSR', 'ISR', 'SSG', 'API'],
  );
  assert.deepEqual(payload.routes.find((/** @type {any} */ route) => route.path === '/stock').tags, ['stock']);
  assert.equal(payload.routes.find((/** @type {any} */ route) => route.path === '/api/edge').runtime, 'edge');
  assert.equal(payload.middleware.runtime, 'nodejs');
  assert.deepEqual(payload.env, { read: ['STOREFRONT_CURRENCY', 'STOREFRONT_SESSION_SECRET'], public: ['NEXT_PUBLIC_STORE_NAME'], required: ['STOREFRONT_SESSION_SECRET'], atRuntime: null });

  const { preview } = JSON.parse(readFileSync(join(APP, '.next/prerender-manifest.json'), 'utf8'));
  for (const secret of Object.values(preview)) assert.ok(!text.includes(String(secret)), 'a preview key is in the payload');
  assert.ok(!text.includes(APP), "the builder's path is in the payload");
  for (const asset of payload.assets) assert.ok(existsSync(join(out, 'assets', asset.file)), asset.file);

  const second = await buildDistribution(options, () => {}, () => assert.fail('the linker was asked again'));
  assert.equal(second.cached, true);
  assert.ok(second.durations.total < 300, `the second run took ${second.durations.total} ms`);
});
