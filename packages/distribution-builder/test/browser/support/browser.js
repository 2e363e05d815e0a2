import { chromium } from 'playwright-core';

/** @returns {Promise<import('playwright-core').Browser>} */
export function openBrowser() {
  const executablePath = process.env.NEXTCORE_CHROMIUM;
  if (!executablePath) throw new Error('NEXTCORE_CHROMIUM names no browser: run `make browser-test`, or set it to a Chromium of yours');
  return chromium.launch({ executablePath });
}

/**
 * Everything that a user would find in the console of a broken page: errors, uncaught exceptions, answers from 400 on.
 * @param {import('playwright-core').Page} page @returns {string[]} grows while the page lives
 */
export function complaints(page) {
  /** @type {string[]} */
  const found = [];
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => found.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) found.push(`${response.status()} ${response.url()}`);
  });
  return found;
}

/**
 * Playwright's own waiting compiles text in the page, which the example's policy forbids.
 *
 * @param {import('playwright-core').Page} page @param {string} expression
 */
export async function becomesTrue(page, expression) {
  const deadline = Date.now() + 60_000;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > deadline) throw new Error(`still not true in ${page.url()}: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
