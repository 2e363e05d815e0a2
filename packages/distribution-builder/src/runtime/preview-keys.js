import { createHmac } from 'node:crypto';
import { data } from './data.js';

/**
 * NEXTCORE_PREVIEW_SECRET: keys of draft and preview mode that follow from it take the place of the build's own, which
 * follow from the source. They stand in manifests only, and are replaced when one is read.
 */
const SECRET = process.env.NEXTCORE_PREVIEW_SECRET;

/** HMAC-SHA256 gives 32 bytes; below 16 characters a secret can be guessed from a cookie. */
const SHORTEST = 16;

/** @type {[string, string][]|undefined} */
let pairs;

function replacements() {
  const manifest = data.texts[`${data.at.dist}/prerender-manifest.json`];
  const keys = Object.entries(/** @type {Record<string, string>} */ (manifest ? (JSON.parse(manifest).preview ?? {}) : {}));
  return keys.map(([name, key]) => /** @type {[string, string]} */ ([key, createHmac('sha256', /** @type {string} */ (SECRET)).update(name).digest('hex').slice(0, key.length)]));
}

/** @template {Buffer|string|undefined} T @param {string} path below the root @param {T} content @returns {T|string} */
export function withOwnKeys(path, content) {
  if (!SECRET || content === undefined || !path.endsWith('.json') || !path.startsWith(`${data.at.dist}/`)) return content;
  pairs ??= replacements();
  const text = content.toString();
  return pairs.some(([key]) => text.includes(key)) ? pairs.reduce((all, [from, to]) => all.replaceAll(from, to), text) : content;
}

export function checkPreviewSecret() {
  if (SECRET !== undefined && SECRET.length < SHORTEST) {
    throw new Error(`NEXTCORE_PREVIEW_SECRET has ${SECRET.length} characters, ${SHORTEST} are needed: give it what "openssl rand -hex 32" prints`);
  }
}
