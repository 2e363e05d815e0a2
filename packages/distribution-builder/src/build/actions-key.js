import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BuilderError } from '../errors.js';

/** The name under which Next wants the key, when building and when running. */
export const ACTIONS_KEY = 'NEXT_SERVER_ACTIONS_ENCRYPTION_KEY';

/**
 * Next writes the key it built with into its manifests: that of Server Actions, and the environment of edge functions.
 * One that the builder's environment gave is a secret and must not be in the executable: it is taken out, and asked
 * for when running (payload.env.required).
 *
 * @param {string} distDir @param {string|undefined} key what the environment gave
 * @returns {string[]} names of variables that the executable now needs
 */
export function removeActionsKey(distDir, key) {
  if (!key) return [];
  for (const entry of readdirSync(join(distDir, 'server'), { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/\.(js|json)$/.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (text.includes(key)) writeFileSync(file, without(key, file, text));
  }
  return [ACTIONS_KEY];
}

/** @param {string} key @param {string} file @param {string} text */
function without(key, file, text) {
  // An edge function's environment goes before the process's: there the name must go, too.
  if (file.endsWith('.json')) return JSON.stringify(JSON.parse(text, (name, value) => (value !== key ? value : name === 'encryptionKey' ? '' : undefined)), null, 2);
  if (basename(file) === 'server-reference-manifest.js') return text.replaceAll(key, '');
  throw new BuilderError({ what: `the value of ${ACTIONS_KEY} stands in the build's code`, where: file, next: 'the app must read it when running, not when building (next.config "env" copies values into the code)' });
}
