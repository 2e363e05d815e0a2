import cf from 'cloudfront';

const SHARED = new RegExp("^(?:)/?$");
const PRIVATE = new RegExp("^$.");
const DEPTH = 1;
const store = cf.kvs();

async function isAsset(path) {
  if (await store.exists(path)) return true;
  const parts = path.split('/');
  for (let depth = 1; depth <= DEPTH && depth < parts.length - 1; depth += 1) {
    if (await store.exists(parts.slice(0, depth + 1).join('/') + '/*')) return true;
  }
  return false;
}

async function handler(event) {
  const request = event.request;
  const headers = request.headers;
  let path = request.uri;
  try {
    path = decodeURIComponent(path);
  } catch (error) {
    return { statusCode: 400, statusDescription: 'Bad Request' };
  }
  delete headers['x-nextcore-alone'];
  if ((request.method === 'GET' || request.method === 'HEAD') && (await isAsset(path))) {
    request.querystring = {}; // S3 gives meaning to names in it
    cf.selectRequestOriginById('assets');
    return request;
  }
  if (headers.host) headers['x-forwarded-host'] = { value: headers.host.value };
  const draft = request.cookies['__prerender_bypass'];
  if (draft || !SHARED.test(path) || PRIVATE.test(path)) {
    headers['x-nextcore-alone'] = { value: event.context.requestId };
  }
  return request;
}
