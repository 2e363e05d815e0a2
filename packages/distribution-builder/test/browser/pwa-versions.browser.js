import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CASES } from '../matrix/cases.js';
import { build } from '../matrix/check.js';
import { prepare } from '../matrix/prepare.js';
import { complaints, openBrowser } from './support/browser.js';
import { Site } from './support/site.js';

/** From 16.3 on Next itself takes the script; before it, and in both bundlers, the bootstrap does. */
const NAMES = ['versions 15.5.29', 'turbopack 15.5', 'versions 16.0.11', 'versions 16.1.7', 'versions 16.2.12', 'versions 16.3.8', 'versions 16.4.6', 'webpack'];

/** @type {import('playwright-core').Browser} */
let browser;

before(async () => (browser = await openBrowser()));
after(() => browser?.close());

for (const name of NAMES) {
  test(`pages of both routers register the worker: ${name}`, async () => {
    const one = CASES.find((each) => each.name === name);
    assert.ok(one, `there is no case ${name}`);
    const { root, appDir, path } = prepare(one);
    const dist = join(root, 'dist-pwa');
    await build(appDir, dist, { PATH: path }, ['--pwa']);
    const site = await Site.open(dist);
    try {
      for (const page of ['/', '/classic/plain']) await registers(site, page);
    } finally {
      await site.close();
    }
  });
}

/** A visitor of this page alone. @param {Site} site @param {string} path */
async function registers(site, path) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const errors = complaints(page);
    await page.goto(site.origin + path);
    const script = await page.evaluate('navigator.serviceWorker.ready.then((one) => one.active.scriptURL)');
    assert.equal(script, `${site.origin}/sw.js`);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
  }
}
