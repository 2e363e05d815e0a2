import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name under which Next wants the key, when building and when running. */
export const ACTIONS_KEY = 'NEXT_SERVER_ACTIONS_ENCRYPTION_KEY';

/**
 * Next writes the key it built with into the manifest of Server Actions. One that the builder's environment gave is a
 * secret and must not be in the executable: it is taken out, and asked for when running (payload.env.required).
 *
 * @param {string} distDir @param {string|undefined} key what the environment gave
 * @returns {string[]} names of variables that the executable now needs
 */
export function removeActionsKey(distDir, key) {
  if (!key) return [];
  for (const name of ['server-reference-manifest.json', 'server-reference-manifest.js']) {
    const file = join(distDir, 'server', name);
    if (existsSync(file)) writeFileSync(file, readFileSync(file, 'utf8').replaceAll(key, ''));
  }
  return [ACTIONS_KEY];
}
