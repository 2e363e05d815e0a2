import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureRegistration } from '../../src/pwa/registration.js';
import { planWorker, shellPaths } from '../../src/pwa/plan.js';
import { addServiceWorker } from '../../src/pwa/service-worker.js';
import { folderWith } from '../support/folder.js';

/** @param {string} path @param {string} [kind] */
const route = (path, kind = 'SSG') => ({ path, kind });

/** @param {Record<string, any>} [parts] @returns {any} */
const payload = ({ app = {}, ...parts } = {}) => ({
  build: { id: 'build-1' },
  app: { basePath: '', assetPrefix: '', trailingSlash: false, ...app },
  routes: [],
  redirects: [],
  middleware: null,
  assets: [],
  ...parts,
});

const offline = { path: '/offline.html', sha256: 'abc' };

/** @param {string} distDir @returns {any} */
const build = (distDir) => ({ distDir, appDir: distDir });

test('the shell: made at build, no parameters, not redirected, not behind middleware; short paths first', () => {
  const routes = [route('/z/deep'), route('/about'), route('/old'), route('/account'), route('/p/[id]'), route('/news', 'ISR'), route('/404'), route('/de/500'), route('/de'), route('/api/x', 'API'), route('/')];
  const redirects = [{ internal: false, regex: '^/old$' }, { internal: true, regex: '^(/about)/$' }];
  const middleware = { matchers: [{ regex: '^/account(?:/.*)?$' }] };
  assert.deepEqual(shellPaths(payload({ app: { i18n: { locales: ['en', 'de'] } }, routes, redirects, middleware })), ['/', '/about', '/de', '/z/deep']);
});

test('URLs follow basePath and trailingSlash, files of the pages are found wherever Next put them', (t) => {
  const distDir = folderWith(t, {
    'server/app/index.html': '<script src="/shop/_next/static/chunks/a.js"></script>',
    'server/pages/terms.html': '<link href="/shop/_next/static/css/b.css"><script>"/_next/static/chunks/gone.js"</script>',
    'server/route-cache/APP_PAGE/0123/$/about.html': '',
  });
  const assets = ['chunks/a.js', 'chunks/unused.js', 'css/b.css'].map((name) => ({ path: `/shop/_next/static/${name}`, immutable: true }));
  const { plan, left } = planWorker(build(distDir), payload({ app: { basePath: '/shop', trailingSlash: true }, routes: ['/', '/about', '/terms', '/no-html'].map((path) => route(path)), assets }), { ...offline, path: '/shop/offline.html' });
  assert.equal(left, 0);
  assert.equal(plan.scope, '/shop/');
  assert.deepEqual(plan.pages, { '/shop': '/shop/', '/shop/about': '/shop/about/', '/shop/terms': '/shop/terms/' });
  assert.deepEqual(plan.entries, [
    { url: '/shop/offline.html', revision: 'abc' },
    { url: '/shop/_next/static/chunks/a.js', revision: null },
    { url: '/shop/_next/static/css/b.css', revision: null },
  ]);
});

test('pages beyond the limit are counted', (t) => {
  const names = Array.from({ length: 33 }, (_, n) => `page-${n}`);
  const distDir = folderWith(t, Object.fromEntries(names.map((name) => [`server/app/${name}.html`, ''])));
  const { plan, left } = planWorker(build(distDir), payload({ routes: names.map((name) => route(`/${name}`)) }), offline);
  assert.equal(left, 3);
  assert.equal(Object.keys(plan.pages).length, 30);
});

test("the app's own offline.html is taken, its own sw.js is refused", async (t) => {
  const folder = folderWith(t, {});
  const own = { path: '/offline.html', file: 'offline.html', sha256: 'own' };
  const one = payload({ assets: [own] });
  await addServiceWorker(build(folder), one, folder, () => {});
  assert.deepEqual(one.assets.map((/** @type {any} */ asset) => asset.file), ['offline.html', 'sw.js']);
  assert.equal(one.assets[0], own);
  const two = payload({ assets: [{ path: '/sw.js' }] });
  await assert.rejects(addServiceWorker(build(folder), two, folder, () => {}), { what: 'the app has a service worker of its own', where: join(folder, 'public/sw.js') });
});

/** A finished build of a Next that takes no scripts. @returns {Record<string, string|object>} */
const finished = () => ({
  'build-manifest.json': { pages: { '/_app': ['static/chunks/webpack-0123456789abcdef.js'] }, rootMainFiles: ['static/chunks/webpack-0123456789abcdef.js', 'static/chunks/main.js'] },
  'server/app/index.html': '<script src="/shop/_next/static/chunks/webpack-0123456789abcdef.js"></script>',
  'static/chunks/webpack-0123456789abcdef.js': 'start()',
  'static/chunks/main.js': 'main()',
});

test('a Next that takes no scripts: the bootstrap registers the worker, under a new name of the same length', async (t) => {
  const distDir = folderWith(t, finished());
  const made = /** @type {any} */ ({ ...build(distDir), outputMode: 'server', config: { basePath: '/shop' } });
  await ensureRegistration(made);
  const [script] = readdirSync(join(distDir, 'static/chunks')).filter((name) => name.startsWith('webpack-'));
  assert.match(script, /^webpack-01234567[0-9a-f]{8}\.js$/);
  assert.notEqual(script, 'webpack-0123456789abcdef.js');
  const text = readFileSync(join(distDir, 'static/chunks', script), 'utf8');
  assert.match(text, /"\/shop\/".*serviceWorker\.register\(.*start\(\)$/s);
  assert.equal(readFileSync(join(distDir, 'server/app/index.html'), 'utf8'), `<script src="/shop/_next/static/chunks/${script}"></script>`);
  assert.deepEqual(JSON.parse(readFileSync(join(distDir, 'build-manifest.json'), 'utf8')).rootMainFiles, [`static/chunks/${script}`, 'static/chunks/main.js']);
  await ensureRegistration(made);
  assert.ok(existsSync(join(distDir, 'static/chunks', script)), 'one that is there is not put in again');
});

test('an exported app has the script in its own folder', async (t) => {
  const name = 'webpack-0123456789abcdef.js';
  const distDir = folderWith(t, { ...finished(), [`out/_next/static/chunks/${name}`]: 'start()', 'out/index.html': `<script src="/_next/static/chunks/${name}"></script>`, 'export-detail.json': {} });
  writeFileSync(join(distDir, 'export-detail.json'), JSON.stringify({ outDirectory: join(distDir, 'out') }));
  await ensureRegistration(/** @type {any} */ ({ ...build(distDir), outputMode: 'export', config: {} }));
  const [script] = readdirSync(join(distDir, 'out/_next/static/chunks'));
  assert.notEqual(script, name);
  assert.match(readFileSync(join(distDir, 'out/_next/static/chunks', script), 'utf8'), /serviceWorker\.register\(/);
  assert.ok(readFileSync(join(distDir, 'out/index.html'), 'utf8').includes(script));
});

test('refused: scripts whose hash the pages name', async (t) => {
  const distDir = folderWith(t, finished());
  await assert.rejects(ensureRegistration(/** @type {any} */ ({ ...build(distDir), outputMode: 'server', config: { experimental: { sri: {} } } })), /subresource integrity/);
});
