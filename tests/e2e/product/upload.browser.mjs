// A person in a real Chromium: signs up, uploads a picture straight to the bucket, looks at it, looks at the gallery.
// node upload.browser.mjs <origin> <picture>; NEXTCORE_CHROMIUM names the browser. Prints what a broken page would say.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../packages/distribution-builder/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [origin, picture] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath: process.env.NEXTCORE_CHROMIUM, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`));

  await page.goto(`${origin}/sign-in`);
  await page.fill('#sign-up input[name=email]', 'browser@example.com');
  await page.fill('#sign-up input[name=password]', 'correct horse battery');
  await page.click('#sign-up button');
  await page.waitForURL('**/upload');
  await page.fill('#upload input[name=title]', 'By a browser');
  await page.setInputFiles('#upload input[name=file]', picture);
  await page.click('#upload button');
  await page.getByRole('link', { name: 'see it' }).click();
  await page.getByRole('heading', { name: 'By a browser' }).waitFor();
  const width = await page.locator('main img').evaluate(async (image) => {
    await image.decode(); // throws for a broken one
    return image.naturalWidth;
  });
  await page.goto(`${origin}/gallery`);
  await page.getByText(/newest/).waitFor();
  const count = await page.textContent('#count');
  await page.getByRole('link', { name: 'By a browser' }).waitFor();
  console.log(JSON.stringify({ width, count, complaints }));
} finally {
  await browser.close();
}
