import { existsSync, readFileSync, readdirSync } from 'node:fs';
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
  const listed = [...(manifest.staticRoutes ?? []), ...(manifest.dynamicRoutes ?? [])];
  return [...listed, ...unlisted(listed, distDir)]
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

/**
 * Next 15.5 leaves route handlers without parameters out of its routes manifest.
 * @param {any[]} listed @param {string} distDir
 */
function unlisted(listed, distDir) {
  const known = new Set(listed.map((route) => route.page));
  const pages = Object.keys(readManifest(distDir, 'server/pages-manifest.json') ?? {});
  return [...new Set([...appFiles(distDir).map(([, path]) => path), ...pages])]
    .filter((path) => !known.has(path) && !path.includes('['))
    .map((page) => ({ page, regex: `^${page.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:/)?$` }));
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
  // With cacheComponents every page has the rendering mode; where Next says what is left to compute, that decides.
  return entries.some((entry) => (entry.compute ? entry.compute === 'resuming' : entry.renderingMode === 'PARTIALLY_STATIC' || entry.experimentalPPR === true));
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
  const basePath = build.config.basePath ?? '';
  const sources = new Map(Object.entries(prerenders.routes ?? {}).map(([url, entry]) => [url, entry.srcRoute ?? url]));
  for (const output of build.adapter?.outputs?.prerenders ?? []) {
    // The adapter's paths carry the basePath, the manifest's do not.
    const source = sources.get(output.pathname.slice(basePath.length) || '/');
    if (source) add(source, output.fallback?.initialHeaders?.['x-next-cache-tags']);
  }
  if (!build.adapter) {
    for (const [url, meta] of metaFiles(join(build.distDir, 'server'))) {
      const source = sources.get(url);
      if (source) add(source, JSON.parse(readFileSync(meta, 'utf8')).headers?.['x-next-cache-tags']);
    }
  }
  return found;
}

/**
 * Prerendered pages lie in server/app, or, when an adapter took part in the build, in
 * server/route-cache/<kind>/<hash>/$/ (15.5.29 and 16.2 on).
 * @param {string} server @returns {[string, string][]} URL path and file
 */
function metaFiles(server) {
  return ['app', 'route-cache'].filter((name) => existsSync(join(server, name))).flatMap((name) => {
    const files = readdirSync(join(server, name), { withFileTypes: true, recursive: true });
    return files
      .filter((entry) => entry.isFile() && entry.name.endsWith('.meta'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => {
        const below = name === 'app' ? file.slice(join(server, name).length) : file.slice(file.indexOf('/$/') + 2);
        const url = below.slice(0, -'.meta'.length);
        return /** @type {[string, string]} */ ([url === '/index' ? '/' : url, file]);
      });
  });
}
