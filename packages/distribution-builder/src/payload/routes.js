import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../collect/collect.js';

/** Next's own pages: answers to errors, not routes of the app. */
const INTERNAL = /^\/(_not-found|_global-error|_error|_app|_document|404|500)$/;

/** Tags Next derives from the path for revalidatePath; the app's own tags are the rest. */
const PATH_TAG = /^_N_T_/;

/**
 * @param {import('../collect/next-build.js').NextBuild} build
 */
export function routes(build) {
  const { distDir } = build;
  const manifest = readManifest(distDir, 'routes-manifest.json');
  const prerenders = readManifest(distDir, 'prerender-manifest.json') ?? {};
  const handlers = handlerPaths(distDir);
  const edge = edgePaths(distDir);
  const staticPages = automaticallyStatic(distDir);
  const tags = tagsBySource(build, prerenders);
  const all = [...(manifest.staticRoutes ?? []), ...(manifest.dynamicRoutes ?? [])];
  return all
    .filter((route) => !INTERNAL.test(route.page))
    .map((route) => {
      const path = route.page;
      const made = prerenderOf(path, prerenders);
      const ppr = isPartial(path, prerenders);
      const revalidate = made ?? (staticPages.has(path) ? false : null);
      const api = handlers.has(path) || /^\/api(\/|$)/.test(path) && !existsInApp(path, distDir);
      return {
        path,
        regex: route.regex,
        kind: api ? 'API' : ppr || revalidate === null ? 'SSR' : revalidate === false ? 'SSG' : 'ISR',
        runtime: edge.has(path) ? 'edge' : 'nodejs',
        revalidate,
        tags: tags.get(path) ?? [],
        params: [...path.matchAll(/\[{1,2}(?:\.\.\.)?([^\]]+)\]{1,2}/g)].map((match) => match[1]),
        ppr,
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** App Router files by the URL they answer. @param {string} distDir @returns {[string, string][]} */
const appFiles = (distDir) => Object.entries(readManifest(distDir, 'app-path-routes-manifest.json') ?? {});

/** @param {string} distDir */
const handlerPaths = (distDir) => new Set(appFiles(distDir).filter(([file]) => file.endsWith('/route')).map(([, path]) => path));

/** @param {string} path @param {string} distDir */
const existsInApp = (path, distDir) => appFiles(distDir).some(([file, url]) => url === path && file.endsWith('/page'));

/** @param {string} distDir */
function edgePaths(distDir) {
  const functions = Object.values(readManifest(distDir, 'server/middleware-manifest.json')?.functions ?? {});
  const byFile = new Map(appFiles(distDir));
  return new Set(functions.map((/** @type {any} */ fn) => byFile.get(fn.page) ?? fn.page));
}

/** Pages Router pages without data: plain .html in the manifest. @param {string} distDir */
function automaticallyStatic(distDir) {
  const pages = Object.entries(readManifest(distDir, 'server/pages-manifest.json') ?? {});
  return new Set(pages.filter(([, file]) => String(file).endsWith('.html')).map(([page]) => page));
}

/**
 * @param {string} path @param {any} prerenders
 * @returns {number|false|undefined} the shortest period of the pages made from this route; undefined: none is
 */
function prerenderOf(path, prerenders) {
  const periods = Object.entries(prerenders.routes ?? {})
    .filter(([url, entry]) => (entry.srcRoute ?? url) === path)
    .map(([, entry]) => entry.initialRevalidateSeconds);
  const dynamic = prerenders.dynamicRoutes?.[path];
  if (dynamic) periods.push(dynamic.fallbackRevalidate ?? false);
  if (periods.length === 0) return undefined;
  const seconds = periods.filter((period) => typeof period === 'number');
  return seconds.length ? Math.min(...seconds) : false;
}

/** Partial Prerendering under the names of 15.5 to 16.x. @param {string} path @param {any} prerenders */
function isPartial(path, prerenders) {
  const entries = Object.entries(prerenders.routes ?? {}).filter(([url, entry]) => (entry.srcRoute ?? url) === path).map(([, entry]) => entry);
  if (prerenders.dynamicRoutes?.[path]) entries.push(prerenders.dynamicRoutes[path]);
  return entries.some((entry) => entry.renderingMode === 'PARTIALLY_STATIC' || entry.experimentalPPR === true || entry.response === 'partial' || entry.compute === 'resume');
}

/** @param {import('../collect/next-build.js').NextBuild} build @param {any} prerenders */
function tagsBySource(build, prerenders) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  /** @param {string} path @param {string|undefined} header */
  const add = (path, header) => {
    const own = (header ?? '').split(',').filter((tag) => tag && !PATH_TAG.test(tag));
    if (own.length) found.set(path, [...new Set([...(found.get(path) ?? []), ...own])].sort());
  };
  const sources = new Map(Object.entries(prerenders.routes ?? {}).map(([url, entry]) => [url, entry.srcRoute ?? url]));
  for (const output of build.adapter?.outputs?.prerenders ?? []) {
    const source = sources.get(output.pathname);
    if (source) add(source, output.fallback?.initialHeaders?.['x-next-cache-tags']);
  }
  if (!build.adapter) {
    for (const [url, source] of sources) {
      const meta = join(build.distDir, 'server/app', `${url === '/' ? '/index' : url}.meta`);
      if (existsSync(meta)) add(source, JSON.parse(readFileSync(meta, 'utf8')).headers?.['x-next-cache-tags']);
    }
  }
  return found;
}
