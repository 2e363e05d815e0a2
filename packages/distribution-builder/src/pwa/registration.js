import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./browser/register.js', import.meta.url));

/** Bundlers take modules below the project only; this folder is where tools keep what is theirs. */
const PLACE = 'node_modules/.cache/nextcore/register-service-worker.js';

/**
 * Puts the browser's part where Next's bundler can take it.
 *
 * @param {import('../build/app.js').App} app
 * @returns {string|null} its path relative to the app; null where this Next has no way to take it (before 16.3)
 */
export function placeRegistration(app) {
  if (!existsSync(join(app.nextDir, 'dist/build/webpack/loaders/next-instrumentation-client-loader.js'))) return null;
  const file = join(app.appDir, PLACE);
  mkdirSync(join(file, '..'), { recursive: true });
  copyFileSync(SOURCE, file);
  return `./${PLACE}`;
}
