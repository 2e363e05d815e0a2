// Prints what a program sees of Response and ServerResponse; run by node as it is, and by Bun with the compatibility layer.
import http from 'node:http';
if (process.versions.bun) (await import('../../src/runtime/web-compat.js')).makeCompatible();

/** @type {any} */
const seen = {};
const types = (/** @type {Response[]} */ list) => list.map((response) => response.headers.get('content-type'));
seen.types = types([
  new Response('text'),
  new Response(''),
  new Response(null),
  new Response(new URLSearchParams('a=1')),
  new Response(new Uint8Array(1)),
  new Response('text', { headers: { 'Content-Type': 'text/html' } }),
  new Response('text', { headers: [['content-type', 'a/b']] }),
  Response.json({ a: 1 }),
  Response.json({ a: 1 }, { headers: { 'content-type': 'application/problem+json' } }),
  Response.json({ a: 1 }, { status: 201 }),
  Response.redirect('http://host/x', 307),
]);
seen.kinds = [new Response('') instanceof Response, Response.json(1) instanceof Response, Response.error() instanceof Response, {} instanceof Response, new Response('').constructor.name, Response.json(1).status];
class Own extends Response {}
seen.own = [new Own('x') instanceof Own, new Own('x') instanceof Response, new Response('x') instanceof Own, types([new Own('x')])];

const server = http.createServer((request, response) => {
  const res = /** @type {any} */ (response);
  // As auth libraries write a header to whatever they were given.
  const target = 'headers' in res ? res.headers : res.getHeaders();
  if (typeof target?.append === 'function') target.append('set-cookie', 'a=1');
  else res.appendHeader('set-cookie', 'a=1');
  res.appendHeader('set-cookie', 'b=2');
  res.setHeader('x-one', 'one');
  seen.server = [Object.keys(res.getHeaders()).sort(), res.getHeader('X-One'), res.hasHeader('x-one'), res.getHeaderNames().sort(), res.headersSent, typeof res.writeHeader];
  res.writeHead(201, { 'x-two': 'two' }).end('made');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const answer = await fetch(`http://127.0.0.1:${port}/`);
seen.answer = [answer.status, answer.headers.getSetCookie(), answer.headers.get('x-one'), answer.headers.get('x-two'), await answer.text()];
server.close();
server.closeAllConnections();
console.log(JSON.stringify(seen, null, 1));
