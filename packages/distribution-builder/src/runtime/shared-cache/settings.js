/**
 * @typedef {object} CacheSettings
 * @property {'redis'|'s3'} kind
 * @property {string} url with its credentials: never to be shown
 * @property {string} shown where it is, for messages
 * @property {string} [distribution] of CloudFront, which keeps pages before this app
 * @property {string} prefix of every key: what two deployments must not share differs in it
 */

const KINDS = /** @type {Record<string, 'redis'|'s3'>} */ ({ 'redis:': 'redis', 'rediss:': 'redis', 'valkey:': 'redis', 'valkeys:': 'redis', 's3:': 's3' });

/**
 * NEXTCORE_CACHE_URL, NEXTCORE_CACHE_PREFIX and NEXTCORE_CDN_DISTRIBUTION.
 * @param {NodeJS.ProcessEnv} env @param {string} app name of the app, for a deployment that gives no prefix
 * @returns {CacheSettings|null} null: no cache is shared
 */
export function cacheSettings({ NEXTCORE_CACHE_URL: given, NEXTCORE_CACHE_PREFIX: prefix, NEXTCORE_CDN_DISTRIBUTION: distribution }, app) {
  if (!given) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  const kind = url && KINDS[url.protocol];
  // The value itself is not shown: it may hold a password.
  if (!url || !kind || !url.hostname) {
    throw new Error(`NEXTCORE_CACHE_URL: ${url ? `"${url.protocol}//" is` : 'the value is'} no address of a shared cache. Give one like redis://cache:6379/0 (rediss:// with TLS) or s3://bucket/path?endpoint=https://…, or leave the variable out`);
  }
  return { kind, url: given, shown: `${url.protocol}//${url.host}`, prefix: prefix || `nextcore:${app}`, ...(distribution ? { distribution } : {}) };
}
