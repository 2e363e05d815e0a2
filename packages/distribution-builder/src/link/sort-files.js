import { readFileSync } from 'node:fs';

/**
 * What each traced file is: an entry of the hot part, another script, a manifest to compile, or data.
 * @param {import('../trace/tree.js').Tree} tree
 */
export function sortFiles(tree) {
  const server = `${tree.dist}/server/`;
  const edge = edgeFiles(tree);
  /** @type {{entries: string[], others: string[], manifests: string[], data: string[]}} */
  const kinds = { entries: ['/dist/server/node-environment.js', '/dist/server/lib/router-server.js'].map((f) => tree.next + f), others: [], manifests: [], data: [] };
  for (const [path, file] of [...tree.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (kinds.entries.includes(path) || /\.so(\.[\d.]+)?$/.test(path)) continue;
    const isScript = /\.[cm]?js$/.test(path) && !edge.has(path);
    if (path.endsWith('.node')) kinds.others.push(path);
    else if (!isScript) kinds.data.push(path);
    else if (!path.startsWith(server)) {
      kinds.others.push(path);
      // The app's own scripts may be read as files, too: templates that it copies at its first start.
      if (!path.includes('/node_modules/')) kinds.data.push(path);
    }
    // By content, not by name: a page called site.webmanifest ends in manifest.js as well.
    else if (/manifest\.js$/.test(path) && /^\s*(globalThis|self)\./.test(readFileSync(file, 'utf8').slice(0, 100))) kinds.manifests.push(path);
    else kinds.entries.push(path);
  }
  return kinds;
}

/** Edge bundles run in Next's own sandbox, from their text. @param {import('../trace/tree.js').Tree} tree */
function edgeFiles(tree) {
  const file = tree.files.get(`${tree.dist}/server/middleware-manifest.json`);
  const manifest = file ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const functions = [...Object.values(manifest.functions ?? {}), ...Object.values(manifest.middleware ?? {})];
  return new Set(functions.flatMap((f) => [...(f.files ?? []), ...[...(f.wasm ?? []), ...(f.assets ?? [])].map((x) => x.filePath)]).map((f) => `${tree.dist}/${f}`));
}
