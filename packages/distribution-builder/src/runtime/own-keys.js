import { createHmac } from 'node:crypto';
import { data } from './data.js';

/**
 * Keys given at run time take the place of the build's own, which follow from the source: those of draft and preview
 * mode follow from NEXTCORE_PREVIEW_SECRET, that of Server Actions is NEXT_SERVER_ACTIONS_ENCRYPTION_KEY. The build's
 * stand in manifests only, and are replaced when one is read. (Next itself prefers the second one's variable, but
 * an edge function's environment in the manifest goes before the process's.)
 */
const { NEXTCORE_PREVIEW_SECRET: secret, NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: actionsKey } = process.env;

/** HMAC-SHA256 gives 32 bytes; below 16 characters a secret can be guessed from a cookie. */
const SHORTEST = 16;

/** @type {[string, string][]|undefined} */
let pairs;

/** @returns {[string, string][]} */
function replacements() {
  /** @type {[string, string][]} */
  const found = [];
  if (secret) {
    for (const [name, key] of Object.entries(data.keys.preview)) found.push([key, createHmac('sha256', secret).update(name).digest('hex').slice(0, key.length)]);
  }
  if (actionsKey && data.keys.actions) found.push([JSON.stringify(data.keys.actions), JSON.stringify(actionsKey)]);
  return found;
}

/** @template {Buffer|string|undefined} T @param {string} path below the root @param {T} content @returns {T|string} */
export function withOwnKeys(path, content) {
  if ((!secret && !actionsKey) || content === undefined || !path.endsWith('.json') || !path.startsWith(`${data.at.dist}/`)) return content;
  pairs ??= replacements();
  const text = content.toString();
  return pairs.some(([key]) => text.includes(key)) ? pairs.reduce((all, [from, to]) => all.replaceAll(from, () => to), text) : content;
}

export function checkPreviewSecret() {
  if (secret !== undefined && secret.length < SHORTEST) {
    throw new Error(`NEXTCORE_PREVIEW_SECRET has ${secret.length} characters, ${SHORTEST} are needed: give it what "openssl rand -hex 32" prints`);
  }
}
