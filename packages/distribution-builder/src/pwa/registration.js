import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { filesBelow, prependToBootstrap } from '../build/browser-bootstrap.js';

const SOURCE = fileURLToPath(new URL('./browser/register.js', import.meta.url));

/** Bundlers take modules below the project only; this folder is where tools keep what is theirs. */
const PLACE = 'node_modules/.cache/nextcore/register-service-worker.js';

/**
 * Puts the browser's part where Next's bundler can take it.
 *
 * @param {import('../build/app.js').App} app
 * @returns {string|null} its path relative to the app; null where this Next has no way to take it (before 16.3): see ensureRegistration
 */
export function placeRegistration(app) {
  if (!existsSync(join(app.nextDir, 'dist/build/webpack/loaders/next-instrumentation-client-loader.js'))) return null;
  const file = join(app.appDir, PLACE);
  mkdirSync(join(file, '..'), { recursive: true });
  copyFileSync(SOURCE, file);
  return `./${PLACE}`;
}

/** A name in register.js that no compiler changes. */
const MARK = 'updateViaCache';

/**
 * A worker that nobody registers fails silently: where Next did not take the script (before 16.3), the bundler's bootstrap
 * gets it.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 */
export async function ensureRegistration(build) {
  const scripts = filesBelow(join(build.distDir, 'static')).filter((file) => file.endsWith('.js'));
  if (scripts.some((file) => readFileSync(file, 'utf8').includes(MARK))) return;
  const { code } = await esbuild.transform(readFileSync(SOURCE, 'utf8'), {
    format: 'iife',
    minify: true,
    target: 'es2020',
    define: { 'process.env.__NEXT_ROUTER_BASEPATH': JSON.stringify(build.config.basePath ?? '') },
  });
  prependToBootstrap(build, code, '--pwa');
}
