import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./request.js').Row} Row */

/**
 * Requests any app can be asked: every route and prerendered page plain, gzip, as HEAD and as flight data,
 * what redirects and rewrites match without parameters, and odd paths.
 *
 * @param {any} payload @param {string} distDir @returns {Row[]}
 */
export function generalTable(payload, distDir) {
  const manifest = JSON.parse(readFileSync(join(distDir, 'prerender-manifest.json'), 'utf8'));
  const base = payload.app.basePath;
  const paths = [
    ...payload.routes.filter((/** @type {any} */ route) => route.params.length === 0).map((/** @type {any} */ route) => route.path),
    ...Object.keys(manifest.routes).filter((path) => !path.startsWith('/_')),
    ...payload.redirects.concat(...Object.values(payload.rewrites)).map((/** @type {any} */ rule) => rule.source).filter((/** @type {string} */ source) => /^\/[\w/-]+$/.test(source)),
  ];
  const unique = [...new Set(paths)].sort().map((path) => base + (path === '/' && base ? '' : path));
  return [
    ...unique.flatMap((path) => /** @type {Row[]} */ ([
      { path },
      { path, method: 'HEAD' },
      { path, headers: { 'accept-encoding': 'gzip' } },
      { path, headers: { rsc: '1' } },
    ])),
    ...['/no/such/page', '//double', '/%E0%A4%A', '/trailing/', '/_next/static/none.js', '/_next/data/stale/index.json'].map((path) => ({ path: base + path })),
  ];
}

/**
 * An app's own rows, with Server Action names turned into this build's ids.
 * @param {string} file @param {string} distDir @param {Record<string, string>} words `$NAME` in paths and headers
 * @returns {Row[]}
 */
export function ownTable(file, distDir, words) {
  const manifest = join(distDir, 'server/server-reference-manifest.json');
  const actions = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
  const text = Object.entries(words).reduce((all, [name, value]) => all.replaceAll(`$${name}`, value), readFileSync(file, 'utf8'));
  return JSON.parse(text).map((/** @type {Row} */ row) => {
    if (!row.action) return row;
    const found = Object.entries({ ...actions.node, ...actions.edge }).find(([id, entry]) => (entry.exportedName ?? '') === row.action || id === row.action);
    if (!found) throw new Error(`${file}: no Server Action "${row.action}" in this build`);
    return { method: 'POST', ...row, form: { [`$ACTION_ID_${found[0]}`]: '', ...row.form } };
  });
}
