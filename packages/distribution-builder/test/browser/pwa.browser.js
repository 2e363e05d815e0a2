import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, test } from 'node:test';
import { becomesTrue, openBrowser } from './support/browser.js';
import { buildStorefront } from './support/builds.js';
import { Site } from './support/site.js';

const OWN_API = {
  'app/api/visits/route.ts': `
let visits = 0
export const GET = () => { visits++; return Response.json({ visits, by: 'GET' }) }
export const POST = () => { visits++; return Response.json({ visits, by: 'POST' }) }
`,
  'app/api/private/route.ts': `
let answers = 0
export const GET = () => Response.json({ answers: ++answers }, { headers: { 'cache-control': 'private' } })
`,
};

/** @type {string} */
let first;
/** @type {string} */
let second;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('playwright-core').BrowserContext} */
let context;
/** @type {import('playwright-core').Page} */
let page;
/** @type {Site} */
let site;

before(async () => {
  first = buildStorefront('pwa-first', { files: OWN_API, options: ['--pwa'] });
  const edit = { 'app/about/page.tsx': (/** @type {string} */ text) => text.replace('</main>', '<p>Second edition</p></main>') };
  second = buildStorefront('pwa-second', { files: OWN_API, edit, options: ['--pwa'] });
  browser = await openBrowser();
});
after(() => browser?.close());

beforeEach(async () => {
  site = await Site.open(first);
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(`${site.origin}/wishlist`);
  await controlled();
});
afterEach(async () => {
  await context?.close();
  await site?.close();
});

/** Registered by the page itself, installed with all it is to hold, and in charge. */
const controlled = (tab = page) => becomesTrue(tab, "navigator.serviceWorker.controller?.state === 'activated'");

/** @param {string} path @param {string} [options] an object literal @returns {Promise<any>} JSON of the answer; a string where there is none */
const ask = (path, options = '{}') => page.evaluate(`fetch('${path}', ${options}).then((answer) => answer.json(), (error) => String(error))`);

/** @param {(caches: string[]) => boolean} wanted */
async function cachesAre(wanted) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const names = /** @type {string[]} */ (await page.evaluate('caches.keys()'));
    if (wanted(names)) return names;
    assert.ok(Date.now() < deadline, `the caches are ${names.join(', ')}`);
  }
}

/** @param {string} dist @returns {Promise<string>} */
const buildOf = async (dist) => (await import(`${dist}/payload.json`, { with: { type: 'json' } })).default.build.id;

test('without network: pages of the shell, offline.html for the others, and they are alive', async () => {
  await site.goOffline();
  await page.reload();
  await page.click('#heart');
  await page.getByText('Storefront: 1').waitFor();

  await page.goto(`${site.origin}/about?from=nowhere`);
  await page.getByRole('heading', { name: 'About' }).waitFor();

  await page.goto(`${site.origin}/`); // rendered at each request: not a page of the shell
  await page.getByRole('heading', { name: 'You are offline' }).waitFor();
});

test('an installation that fails is tried again while the page stays open', async () => {
  const other = await browser.newContext();
  const fresh = await other.newPage();
  await fresh.addInitScript(`{
    globalThis.states = []
    const register = navigator.serviceWorker.register.bind(navigator.serviceWorker)
    navigator.serviceWorker.register = (...all) => register(...all).then((registration) => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => states.push(worker.state))
      return registration
    })
  }`);
  await site.without('/offline.html', async () => {
    await fresh.goto(`${site.origin}/wishlist`);
    await becomesTrue(fresh, "states.includes('redundant')");
  });
  await controlled(fresh);
  await other.close();
});

test('a link to a page of the shell works without network', async () => {
  await site.goOffline();
  await page.getByRole('link', { name: 'About' }).click();
  await page.getByRole('heading', { name: 'About' }).waitFor();
});

test('with network a page comes from the server', async () => {
  await page.goto(`${site.origin}/cart`);
  assert.equal(await page.textContent('#cart'), 'empty');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.waitForURL('**/cart?added=lamp');
  assert.equal(await page.textContent('#cart'), 'lamp');
});

test('a new build: its worker takes over and the caches of the old one go', async () => {
  const [before, next] = [await buildOf(first), await buildOf(second)];
  await cachesAre((names) => names.length > 0 && names.every((name) => name.endsWith(before)));
  await page.evaluate("caches.open('of-somebody-else')");
  await site.deploy(second);
  await page.goto(`${site.origin}/wishlist`);
  const names = await cachesAre((all) => all.some((name) => name.endsWith(next)) && !all.some((name) => name.endsWith(before)));
  assert.ok(names.includes('of-somebody-else'));
  await controlled();
  await site.goOffline();
  await page.goto(`${site.origin}/about`);
  await page.getByText('Second edition').waitFor();
});

test('a POST is never answered from a cache, not even where a GET is', async () => {
  const get = await ask('/api/visits');
  assert.deepEqual(get, { visits: 1, by: 'GET' });
  assert.deepEqual(await ask('/api/visits', "{method: 'POST'}"), { visits: 2, by: 'POST' });
  assert.deepEqual(await ask('/api/visits', "{method: 'POST'}"), { visits: 3, by: 'POST' });
  await cached('/api/visits');
  await site.goOffline();
  assert.equal((await ask('/api/visits')).by, 'GET');
  assert.match(await ask('/api/visits', "{method: 'POST'}"), /Failed to fetch/);
});

test('reads of the API: the stale answer at once, the fresh one next, none after five minutes', async () => {
  assert.equal((await ask('/api/visits')).visits, 1);
  await cached('/api/visits');
  assert.equal((await ask('/api/visits')).visits, 1);
  await cached('/api/visits', 2);
  assert.equal((await ask('/api/visits')).visits, 2);
  await cached('/api/visits', 3);
  await page.evaluate(`(async () => {
    const cache = await caches.open((await caches.keys()).find((name) => name.includes('-api-')))
    const answer = await cache.match('/api/visits')
    await cache.put('/api/visits', new Response(await answer.text(), { headers: { date: new Date(Date.now() - 301_000).toUTCString() } }))
  })()`);
  assert.equal((await ask('/api/visits')).visits, 4);
});

test('private answers, and those for another Authorization, are not shared', async () => {
  assert.equal((await ask('/api/private')).answers, 1);
  assert.equal((await ask('/api/private')).answers, 2);
  assert.equal((await ask('/api/visits', "{headers: {authorization: 'Bearer one'}}")).visits, 1);
  assert.equal((await ask('/api/visits', "{headers: {authorization: 'Bearer two'}}")).visits, 2);
  const urls = /** @type {string[]} */ (await page.evaluate(`caches.keys().then((names) => caches.open(names.find((name) => name.includes('-api-')))).then((cache) => cache.keys()).then((keys) => keys.map((key) => key.url))`));
  assert.ok(!urls.join().includes('Bearer'));
});

test('images and fonts come from the cache', async () => {
  await page.goto(`${site.origin}/products/lamp`);
  const width = () => page.locator('main img').evaluate((/** @type {any} */ image) => image.decode().then(() => image.naturalWidth));
  assert.ok((await width()) > 0);
  await cachesAre((names) => names.some((name) => name.includes('-images-')));
  const image = await page.locator('main img').evaluate((/** @type {any} */ img) => img.currentSrc);
  await cached(image);
  await site.goOffline();
  assert.equal(await page.evaluate(`new Promise((resolve) => { const image = new Image(); image.onload = () => resolve('loaded'); image.onerror = () => resolve('error'); image.src = ${JSON.stringify(image)} })`), 'loaded');
  await page.goto(`${site.origin}/about`);
  const font = page.evaluate('document.fonts.load("16px geist").then((faces) => faces.map((face) => face.status))');
  assert.deepEqual(await font, ['loaded']);
});

test('neither a CDN nor the browser may keep sw.js', async () => {
  const answer = await fetch(`${site.origin}/sw.js`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.headers.get('content-type') ?? '', /javascript/);
  assert.ok(!/https?:\/\/(?!localhost)[^"'`\s]*workbox/.test(await answer.text()), 'it loads Workbox from another host');
});

/** Waits until the cache holds an answer, or the one with this number of visits. @param {string} address @param {number} [visits] */
async function cached(address, visits) {
  const held = `caches.match(${JSON.stringify(address)}, { ignoreVary: true }).then((answer) => ${visits === undefined ? 'Boolean(answer)' : `answer?.json().then((json) => json.visits === ${visits})`})`;
  const deadline = Date.now() + 5_000;
  while (!(await page.evaluate(held))) assert.ok(Date.now() < deadline, `${address} does not come into the cache`);
}
