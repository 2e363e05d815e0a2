import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BuilderError } from '../errors.js';
import { environment } from '../payload/env.js';

/**
 * What stands for a value in pages made at build. A URL, because apps hand such values to `new URL` (metadataBase, images);
 * `.invalid` is reserved: no network ever answers for it.
 *
 * @param {string} name of NEXT_PUBLIC_…
 */
export const placeholder = (name) => `https://${name.toLowerCase().replaceAll('_', '-')}.nextcore.invalid`;

/** What stands for the hash of all values in names of files; as long as the hash. */
export const VALUES_TOKEN = 'nextcorevalues00';

/** What stands for all values as JSON, in the one script that holds them. */
export const VALUES_JSON = '"nextcore-public-values"';

/**
 * The app's NEXT_PUBLIC_ names, each with the value its .env files give, null where none does. The builder's own
 * environment does not count: one build serves many.
 *
 * @param {import('../build/app.js').App} app @param {string[]} sources paths relative to the root
 * @returns {Record<string, string|null>}
 */
export function publicNames(app, sources) {
  const files = envFiles(app);
  const names = environment(app.appDir, app.root, sources, []).public;
  /** @type {Record<string, string|null>} */
  const found = {};
  for (const name of [...new Set([...names, ...Object.keys(files)])].sort()) found[name] = files[name] ?? null;
  const places = new Map();
  for (const name of Object.keys(found)) {
    const other = places.get(placeholder(name));
    if (other) throw new BuilderError({ what: `${name} and ${other} differ by case or underscores only`, where: `${app.appDir}, NEXT_PUBLIC_ names`, next: 'rename one, or leave --public-at-runtime out' });
    places.set(placeholder(name), name);
  }
  return found;
}

/** Next's own reader, so that order and expansion are Next's. It changes process.env. @param {import('../build/app.js').App} app */
function envFiles(app) {
  const { loadEnvConfig } = createRequire(join(app.nextDir, 'package.json'))('@next/env');
  const before = process.env;
  process.env = Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith('NEXT_PUBLIC_')));
  try {
    const { combinedEnv } = loadEnvConfig(app.appDir, false, { info() {}, error() {} }, true);
    return /** @type {Record<string, string>} */ (Object.fromEntries(Object.entries(combinedEnv).filter(([name]) => name.startsWith('NEXT_PUBLIC_'))));
  } finally {
    process.env = before;
  }
}
