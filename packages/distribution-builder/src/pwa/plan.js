import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { VALUES_TOKEN } from '../public-env/names.js';

/** Pages that are fetched at installation. Each is a request of every new visitor; the rest comes with visits. */
const MAX_PAGES = 30;

/**
 * What a service worker needs to know of a build.
 *
 * @typedef {object} Plan
 * @property {string} scope path the worker looks after, with a slash at its end
 * @property {string} version build id, with the hash of values that come later: caches of another version are deleted
 * @property {{url: string, revision: string|null}[]} entries installation needs all of them; null: the URL names the content
 * @property {Record<string, string>} pages fetched at installation: path without a slash at its end -> URL
 * @property {string} offline URL of the page that says so
 */

/**
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {any} payload NextCorePayload
 * @param {{path: string, sha256: string}} offline
 * @returns {{plan: Plan, left: number}} left: how many static pages MAX_PAGES leaves out
 */
export function planWorker(build, payload, offline) {
  const { basePath, trailingSlash } = payload.app;
  const files = htmlFiles(join(build.distDir, 'server'));
  const shell = shellPaths(payload).filter((path) => files.has(path));
  const chosen = shell.slice(0, MAX_PAGES);
  /** @type {Record<string, string>} */
  const pages = {};
  for (const path of chosen) {
    const plain = path === '/' ? basePath || '/' : basePath + path;
    pages[plain] = trailingSlash && !plain.endsWith('/') ? `${plain}/` : plain;
  }
  const texts = chosen.map((path) => readFileSync(/** @type {string} */ (files.get(path)), 'utf8'));
  const entries = [
    { url: offline.path, revision: offline.sha256 },
    ...criticalFiles(texts, payload).map((url) => ({ url, revision: null })),
  ];
  return { plan: { scope: `${basePath}/`, version: payload.env?.atRuntime ? `${payload.build.id}-${VALUES_TOKEN}` : payload.build.id, entries, pages, offline: offline.path }, left: shell.length - chosen.length };
}

/**
 * Pages that are the same for every visitor and do not change: made at build, no parameters, not behind middleware,
 * not redirected. Short paths first: the home page and main sections.
 *
 * @param {any} payload @returns {string[]} paths without the basePath
 */
export function shellPaths(payload) {
  const rules = [...payload.redirects.filter((/** @type {any} */ rule) => !rule.internal), ...(payload.middleware?.matchers ?? [])];
  const touched = rules.map((rule) => new RegExp(rule.regex));
  const isErrorPage = new RegExp(`^(?:/(?:${(payload.app.i18n?.locales ?? []).join('|')}))?/(?:404|500)$`);
  return payload.routes
    .filter((/** @type {any} */ route) => route.kind === 'SSG' && !route.path.includes('[') && !isErrorPage.test(route.path))
    .map((/** @type {any} */ route) => route.path)
    .filter((/** @type {string} */ path) => !touched.some((regex) => regex.test(path) || regex.test(payload.app.basePath + path)))
    .sort((/** @type {string} */ a, /** @type {string} */ b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

/**
 * Scripts, styles and fonts that the pages name, also those that only their data names (client components).
 * @param {string[]} texts HTML @param {any} payload @returns {string[]} URLs
 */
function criticalFiles(texts, payload) {
  // Files of another origin (an absolute assetPrefix) would be opaque answers: they are cached when they are used.
  if (/^(https?:)?\/\//.test(payload.app.assetPrefix)) return [];
  const { basePath, assetPrefix } = payload.app;
  const known = new Map(payload.assets.filter((/** @type {any} */ asset) => asset.immutable).map((/** @type {any} */ asset) => [asset.path.slice(basePath.length), asset]));
  const named = new Set(texts.flatMap((text) => [...text.matchAll(/\/_next\/static\/[^"'\\<>?#\s)]+/g)].map((match) => decodeURI(match[0]))));
  return [...named].filter((path) => known.has(path)).sort().map((path) => (assetPrefix || basePath) + encodeURI(path));
}

/**
 * Prerendered pages by path. They lie in server/app or server/pages, or, when an adapter took part in the build, in
 * server/route-cache/<kind>/<hash>/$/. Those with parameters are there, too.
 *
 * @param {string} server @returns {Map<string, string>}
 */
function htmlFiles(server) {
  /** @type {Map<string, string>} */
  const found = new Map();
  if (!existsSync(server)) return found;
  for (const entry of readdirSync(server, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const file = join(entry.parentPath, entry.name);
    const below = relative(server, file).split(sep).join('/');
    const path = /^(?:app|pages|route-cache\/[^/]+\/[^/]+\/\$)(\/.*)\.html$/.exec(below)?.[1];
    if (path) found.set(path === '/index' ? '/' : path, file);
  }
  return found;
}
