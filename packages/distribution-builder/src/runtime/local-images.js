import { createHash } from 'node:crypto';
import { data } from './data.js';

/**
 * NEXTCORE_ASSETS_ORIGIN: next/image of a local file. The executable has no public/, so the source image is fetched
 * from where the static files are served (http://caddy, or a bucket and folder: http://s3:7070/files/shop). What the origin has not got is asked of the app itself: an
 * image may come from a route handler. link/patches/local-images.js calls this from Next's image optimizer.
 */

/** Milliseconds; what Next gives a remote image. */
const TIMEOUT = 7_000;
/** Next's own default of images.maximumResponseBody, which versions before 16.1 do not have. */
const LIMIT = 50_000_000;

export function fetchLocalImages() {
  const given = process.env.NEXTCORE_ASSETS_ORIGIN;
  if (!given) return;
  const base = parse(given);
  const limit = JSON.parse(data.config).images?.maximumResponseBody ?? LIMIT;
  data.localImage = async (href) => {
    const url = new URL(href, base.origin); // first, so that no href leaves the folder
    if (url.origin !== base.origin) return null;
    url.pathname = base.pathname.replace(/\/$/, '') + url.pathname;
    try {
      const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT), headers: { accept: 'image/*' } });
      const contentType = response.headers.get('content-type');
      if (!response.ok || !contentType?.startsWith('image/')) {
        await response.body?.cancel();
        return null;
      }
      const buffer = await limited(response, limit);
      const etag = response.headers.get('etag');
      return {
        buffer,
        contentType,
        cacheControl: response.headers.get('cache-control') ?? undefined,
        etag: etag ? Buffer.from(etag).toString('base64url') : createHash('sha256').update(buffer).digest('base64url'),
      };
    } catch (error) {
      console.error(`NEXTCORE_ASSETS_ORIGIN: ${url} cannot be fetched: ${/** @type {Error} */ (error).message}`);
      return null;
    }
  };
}

/** @param {string} given */
function parse(given) {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new Error(`NEXTCORE_ASSETS_ORIGIN: "${given}" is not an address. Give where the static files are served, like http://caddy`);
  }
  return url;
}

/** @param {Response} response @param {number} limit bytes */
async function limited(response, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of /** @type {any} */ (response.body)) {
    size += chunk.length;
    if (size > limit) throw new Error(`more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
