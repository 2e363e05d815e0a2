import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaints, openBrowser } from './support/browser.js';
import { buildStorefront } from './support/builds.js';
import { Site } from './support/site.js';

const LONG = 'A long text gets a row of its own. '.repeat(40);

const FILES = {
  'app/values/page.tsx': `
import { Show } from './show'

export const metadata = { metadataBase: new URL(process.env.NEXT_PUBLIC_SITE!), openGraph: { images: '/card.png' } }

export default function Values() {
  const site = process.env.NEXT_PUBLIC_SITE!
  return (
    <main>
      <p id="server">{process.env.NEXT_PUBLIC_STORE_NAME}</p>
      <a id="encoded" href={'/go?to=' + encodeURIComponent(site + '/a b')}>{new URL(site).host}</a>
      <Show text={'${LONG}' + process.env.NEXT_PUBLIC_STORE_NAME + '${LONG}'} more="last" />
    </main>
  )
}
`,
  'app/values/show.tsx': `
'use client'
import { useEffect, useState } from 'react'

const AT_LOAD = process.env.NEXT_PUBLIC_SITE

export function Show({ text, more }: { text: string; more: string }) {
  const [flag, setFlag] = useState('unknown')
  useEffect(() => setFlag(process.env.NEXT_PUBLIC_FLAG === 'on' ? 'on' : 'off'), [])
  return <><p id="client">{process.env.NEXT_PUBLIC_STORE_NAME} at {AT_LOAD}</p><p id="flag">{flag}</p><p id="long">{text}</p><p id="more">{more}</p></>
}
`,
  'app/live/page.tsx': `
import { connection } from 'next/server'

export default async function Live() {
  await connection()
  return <main><p id="live">{process.env.NEXT_PUBLIC_STORE_NAME}, {process.env.NEXT_PUBLIC_FLAG === 'on' ? 'on' : 'off'}</p></main>
}
`,
  'pages/api/edge-values.ts': `
export const config = { runtime: 'edge' }
export default () => Response.json({ name: process.env.NEXT_PUBLIC_STORE_NAME })
`,
  '.env': 'NEXT_PUBLIC_FLAG=off\n',
};

const STAGE = { NEXT_PUBLIC_STORE_NAME: 'Stage', NEXT_PUBLIC_SITE: 'https://stage.example' };
const LIVE = { NEXT_PUBLIC_STORE_NAME: 'Läden & <Co>', NEXT_PUBLIC_SITE: 'https://shop.example:8443', NEXT_PUBLIC_FLAG: 'on' };

/** Each bundler has a bootstrap of its own, and webpack's minifier other ideas of what process.env is. */
const BUNDLERS = /** @type {const} */ (['turbopack', 'webpack']);

/** @type {Record<string, string>} */
const dists = {};
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  // A value in the builder's own environment must not come into the build.
  const variant = { files: FILES, options: ['--public-at-runtime', '--pwa'], env: { NEXT_PUBLIC_STORE_NAME: 'The builder' } };
  dists.turbopack = buildStorefront('public', variant);
  dists.webpack = buildStorefront('public-webpack', { ...variant, edit: { 'package.json': (text) => text.replace('"next build"', '"next build --webpack"') } });
  browser = await openBrowser();
});
after(() => browser?.close());

/** @param {import('playwright-core').Page} page @param {string} origin @param {Record<string, string>} values @param {string} flag */
async function shows(page, origin, values, flag) {
  const { NEXT_PUBLIC_STORE_NAME: name, NEXT_PUBLIC_SITE: site } = values;
  await page.goto(`${origin}/values`);
  await page.locator('#flag', { hasText: new RegExp(`^${flag}$`) }).waitFor();
  await holds(page, name, site);
  assert.equal(await page.locator('meta[property="og:image"]').getAttribute('content'), `${site}/card.png`);
  await page.goto(`${origin}/live`);
  assert.equal(await page.textContent('#live'), `${name}, ${flag}`);
  await page.goto(`${origin}/about`);
  assert.equal(await page.textContent('nav a >> nth=0'), name);
  assert.deepEqual(await page.evaluate("fetch('/api/edge-values', {cache: 'no-store'}).then((answer) => answer.json())"), { name });
}

/** @param {import('playwright-core').Page} page @param {string} name @param {string} site */
async function holds(page, name, site) {
  assert.equal(await page.textContent('#server'), name);
  assert.equal(await page.textContent('#client'), `${name} at ${site}`);
  assert.equal(await page.textContent('#long'), `${LONG}${name}${LONG}`);
  assert.equal(await page.textContent('#more'), 'last');
  assert.equal(await page.textContent('#encoded'), new URL(site).host);
  assert.equal(await page.getAttribute('#encoded', 'href'), `/go?to=${encodeURIComponent(`${site}/a b`)}`);
}

for (const bundler of BUNDLERS) {
  test(`one build, two environments: server, pages made at build, browser and edge have the values; hydration agrees (${bundler})`, async () => {
    for (const [values, flag] of /** @type {const} */ ([[STAGE, 'off'], [LIVE, 'on']])) {
      const site = await Site.open(dists[bundler], values);
      const context = await browser.newContext();
      const page = await context.newPage();
      try {
        const errors = complaints(page);
        await shows(page, site.origin, values, flag);
        // The same page by a navigation on the client: from the flight data alone.
        await page.goto(`${site.origin}/about`);
        await page.evaluate('window.next.router.push("/values")');
        await page.locator('#flag', { hasText: new RegExp(`^${flag}$`) }).waitFor();
        await holds(page, values.NEXT_PUBLIC_STORE_NAME, values.NEXT_PUBLIC_SITE);
        assert.deepEqual(errors, []);
      } finally {
        await context.close();
        await site.close();
      }
    }
  });

  test(`other values for the same build: new pages have them, no cache holds the old ones (${bundler})`, async () => {
    const site = await Site.open(dists[bundler], STAGE);
    const context = await browser.newContext();
    const page = await context.newPage();
    try {
      const errors = complaints(page);
      await shows(page, site.origin, STAGE, 'off');
      await site.deploy(dists[bundler], LIVE);
      await shows(page, site.origin, LIVE, 'on');
      assert.deepEqual(errors, []);
    } finally {
      await context.close();
      await site.close();
    }
  });

  test(`of the static files only the bootstrap and the service worker differ, and no value is in any other (${bundler})`, () => {
    const dist = dists[bundler];
    const holding = readdirSync(join(dist, 'assets'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => /nextcorevalues00|nextcore-public-values|nextcore\.invalid/.test(file + readFileSync(file, 'latin1')))
      .map((file) => file.slice(join(dist, 'assets').length + 1).replace(/-[\w-]+?-nextcorevalues00/, ''));
    assert.deepEqual(holding.sort(), [`_next/static/chunks/${bundler}.js`, 'sw.js']);
    assert.ok(!readFileSync(join(dist, 'server'), 'latin1').includes('The builder'));
  });
}

test('a value that is missing, or that no place can take, ends the server with all names', () => {
  const run = (/** @type {Record<string, string>} */ env) => spawnSync(join(dists.turbopack, 'server'), { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: 10_000 });
  const missing = run({ PORT: '1', NEXT_PUBLIC_SITE: 'it\'s "quoted"' });
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /error: NEXT_PUBLIC_SITE has a quote.*; NEXT_PUBLIC_STORE_NAME is not set/);
});
