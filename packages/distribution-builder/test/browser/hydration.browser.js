import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complaints, openBrowser } from './support/browser.js';
import { buildStorefront } from './support/builds.js';
import { Site } from './support/site.js';

/** @type {string} */
let first;
/** @type {string} */
let second;
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  first = buildStorefront('first');
  second = buildStorefront('second', { edit: { 'app/wishlist/note.tsx': (text) => text.replace('For later.', 'For much later.') } });
  browser = await openBrowser();
});
after(() => browser?.close());

test('a page is alive: click, navigation on the client, Server Actions, nothing in the console', async () => {
  const site = await Site.open(first);
  const page = await browser.newPage();
  try {
    const errors = complaints(page);
    await page.goto(`${site.origin}/wishlist`);
    await page.click('#heart');
    await page.getByText('Storefront: 1').waitFor();
    await page.click('#open');
    await page.getByText('For later.').waitFor();

    await page.evaluate('window.sameDocument = true');
    await page.getByRole('link', { name: 'Lamp' }).click();
    await page.waitForURL('**/products/lamp');
    await page.getByRole('heading', { name: 'Lamp' }).waitFor();
    await page.locator('main img').evaluate((/** @type {any} */ image) => image.decode()); // throws for a broken one
    await page.getByRole('link', { name: 'Cart' }).click();
    await page.waitForURL('**/cart');

    await page.getByRole('button', { name: 'Add' }).click();
    await page.waitForURL('**/cart?added=lamp');
    assert.equal(await page.textContent('#cart'), 'lamp');
    assert.equal(await page.evaluate('window.sameDocument'), true, 'the document was loaded anew');

    await page.goto(`${site.origin}/upload`);
    await page.setInputFiles('input[type=file]', { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('twelve chars') });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('list.txt: 12 characters').waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await page.close();
    await site.close();
  }
});

test('a tab of the build before keeps working', async () => {
  const site = await Site.open(first);
  const page = await browser.newPage();
  try {
    const errors = complaints(page);
    await page.goto(`${site.origin}/wishlist`);
    await page.click('#heart');
    await page.getByText('Storefront: 1').waitFor();
    await site.deploy(second);

    await page.click('#open'); // a chunk that only the first build has, and that was not loaded yet
    await page.getByText('For later.').waitFor();
    await page.getByRole('link', { name: 'Cart' }).click();
    await page.waitForURL('**/cart');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.waitForURL('**/cart?added=lamp');

    await page.goto(`${site.origin}/wishlist`);
    await page.click('#open');
    await page.getByText('For much later.').waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await page.close();
    await site.close();
  }
});
