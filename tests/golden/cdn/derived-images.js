import cf from 'cloudfront';

const SHARED = new RegExp("^(?:)/?$");
const PRIVATE = new RegExp("^$.");

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
  if (headers.host) headers['x-forwarded-host'] = { value: headers.host.value };
  const draft = request.cookies['__prerender_bypass'];
  if (draft || !SHARED.test(path) || PRIVATE.test(path)) {
    headers['x-nextcore-alone'] = { value: event.context.requestId };
  }
  return request;
}
