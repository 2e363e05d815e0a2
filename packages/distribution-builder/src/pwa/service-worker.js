import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { BuilderError } from '../errors.js';
import { planWorker } from './plan.js';

const SOURCE = fileURLToPath(new URL('./browser/service-worker.js', import.meta.url));
const OFFLINE_PAGE = fileURLToPath(new URL('./browser/offline.html', import.meta.url));

/** A worker in a cache, of a browser or a CDN, holds every visitor at its build for as long as it lies there. */
const NOT_CACHED = 'no-store';

/**
 * Writes sw.js, and offline.html where the app has none in public/, into the assets of a finished build.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {any} payload its assets are replaced
 * @param {string} folder dist/assets
 * @param {(stage: string, detail?: string) => void} onProgress
 */
export async function addServiceWorker(build, payload, folder, onProgress) {
  const base = payload.app.basePath;
  if (payload.assets.some((/** @type {any} */ asset) => asset.path === `${base}/sw.js`)) {
    throw new BuilderError({ what: 'the app has a service worker of its own', where: join(build.appDir, 'public/sw.js'), next: 'remove it, or leave --pwa out' });
  }
  const added = [];
  let offline = payload.assets.find((/** @type {any} */ asset) => asset.path === `${base}/offline.html`);
  if (!offline) {
    offline = writeAsset(folder, `${base}/offline.html`, readFileSync(OFFLINE_PAGE), 'text/html; charset=utf-8', 'public, max-age=0');
    added.push(offline);
  }
  const { plan, left } = planWorker(build, payload, offline);
  if (left > 0) onProgress('pwa', `${left} more static pages are not fetched at installation`);
  added.push(writeAsset(folder, `${base}/sw.js`, await bundle(plan), 'text/javascript; charset=utf-8', NOT_CACHED));
  payload.assets = [...payload.assets, ...added].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  onProgress('pwa', `${Object.keys(plan.pages).length} pages and ${plan.entries.length} files for use without network`);
}

/** Workbox comes along: a worker must not depend on another host. @param {import('./plan.js').Plan} plan */
async function bundle(plan) {
  const result = await esbuild.build({
    entryPoints: [SOURCE],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2020',
    legalComments: 'none',
    logLevel: 'silent',
    define: { PLAN: JSON.stringify(plan), 'process.env.NODE_ENV': '"production"' },
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/**
 * @param {string} folder @param {string} path URL path @param {Buffer} content
 * @param {string} contentType @param {string} cacheControl
 */
function writeAsset(folder, path, content, contentType, cacheControl) {
  const file = path.slice(1);
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, file, sha256, size: content.length, contentType, cacheControl, immutable: false };
}
