import { readManifest } from '../collect/collect.js';
import { conditions } from './rules.js';

/**
 * Matchers come from the manifests and not from the adapter: the adapter adds the build's preview-mode id
 * to each of them, a secret.
 *
 * @param {string} distDir
 */
export function middleware(distDir) {
  const functions = readManifest(distDir, 'server/functions-config-manifest.json')?.functions ?? {};
  const edge = readManifest(distDir, 'server/middleware-manifest.json')?.middleware?.['/'];
  const node = functions['/_middleware'];
  const found = edge ?? node;
  if (!found) return null;
  return {
    runtime: edge ? 'edge' : 'nodejs',
    matchers: (found.matchers ?? []).map((/** @type {any} */ matcher) => ({
      regex: matcher.regexp,
      source: matcher.originalSource,
      has: conditions(matcher.has),
      missing: conditions(matcher.missing),
      locale: matcher.locale ?? null,
    })),
  };
}
