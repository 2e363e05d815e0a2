/** Next's tags and cache keys as paths that CloudFront purges. Pure. */

/** Purges with a star that CloudFront works on at one time. */
const WILDCARDS = 15;
/** Next's prefix of tags that are paths. */
export const OF_PATH = '_N_T_';
/** Characters of a path that is noted; the rest is a star's. S3's names have 255 at most where they are files. */
const LONGEST = 140;

/**
 * @typedef {object} Site
 * @property {string} basePath
 * @property {string[]} locales of the pages router
 */

/**
 * Where the page of a cache key is found, with a star for the queries of Next's own requests.
 *
 * Since 16.4 keys are `/route-cache/<kind>/<hash of the route>/$<path>`.
 * @param {string} key @param {Site} site @returns {string[]}
 */
export function pathsOfKey(key, site) {
  const path = key.startsWith('/route-cache/') ? key.slice(key.indexOf('/$') + 2) : key;
  return withLocales(path === '/index' ? '/' : path.replace(/^\/index(?=\/index(\/|$))/, ''), site).map((one) => starred(one, site));
}

/**
 * What revalidatePath means: `_N_T_/blog/first`, `_N_T_/blog/[slug]/page`, `_N_T_/(shop)/layout`. A folder that is named
 * `page` cannot be told from a page, so both are purged.
 * @param {string} tag @param {Site} site @returns {string[]}
 */
export function pathsOfTag(tag, site) {
  const parts = tag.slice(OF_PATH.length).split('/').filter((part) => part && !/^(\([^.)][^)]*\)|@.*)$/.test(part));
  if (parts.join('/') === 'index') parts.length = 0; // Next's second name of the start page
  const last = parts.at(-1);
  const found = [parts];
  if (last === 'layout' || last === 'page') found.push(parts.slice(0, -1));
  return found.flatMap((one) => {
    const end = one.findIndex((part) => part.includes('[') || /^\(\.{1,3}\)/.test(part));
    const fixed = end === -1 ? one : one.slice(0, end);
    if (fixed.length === 0 && (end !== -1 || last === 'layout')) return [site.basePath ? `${site.basePath}*` : '/*'];
    const below = end !== -1 && !one[end]?.startsWith('[[');
    return withLocales(`/${fixed.join('/')}`, site).map((path) => (below ? `${site.basePath}${encoded(path)}/*` : starred(path, site)));
  });
}

/** The default language has no prefix in the address, and one in the key. @param {string} path @param {Site} site */
function withLocales(path, { locales }) {
  const [, first = '', ...rest] = path.split('/');
  return locales.includes(first) ? [path, `/${rest.join('/')}`] : locales.length > 0 ? [path, ...locales.map((locale) => `/${locale}${path === '/' ? '' : path}`)] : [path];
}

/** @param {string} path */
function encoded(path) {
  let text = path;
  try {
    text = decodeURIComponent(path);
  } catch {
    // a % of its own
  }
  return text.split('/').map((part) => encodeURIComponent(part).replaceAll('*', '%2A')).join('/');
}

/** `/?*` is the start page's. @param {string} path @param {Site} site */
function starred(path, { basePath }) {
  const whole = basePath + (path === '/' ? '' : encoded(path));
  return whole === '' ? '/?*' : `${whole.slice(0, LONGEST).replace(/%.?$/, '')}*`;
}

/**
 * As few as CloudFront takes: what another one's star covers is left out, and where they are too many, whole folders.
 * @param {Iterable<string>} paths each with a star at its end @returns {string[]} none, or one and more
 */
export function purgeList(paths) {
  let found = widest(paths);
  if (found.length > WILDCARDS) found = widest(found.map((path) => (path === '/?*' ? path : `/${path.replaceAll(/^\/|\*$/g, '').split('/')[0]}*`)));
  if (found.length > WILDCARDS || found.includes('/*')) return ['/*'];
  return found.includes('/?*') ? ['/', ...found] : found;
}

/** @param {Iterable<string>} paths */
function widest(paths) {
  const found = [...new Set(paths)];
  return found.filter((path) => !found.some((other) => path !== other && other !== '/?*' && path.startsWith(other.slice(0, -1)))).sort();
}
