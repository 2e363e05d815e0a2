// Prints what content types a program sees; run by node as it is, and by Bun with the runtime's compatibility layer.
if (process.versions.bun) (await import('../../src/runtime/web-compat.js')).makeCompatible();

const boundary = '----form';
/** @param {string} head @param {string} text */
const part = (head, text) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
const body =
  part('name="csv"; filename="table.txt"\r\nContent-Type: text/csv', 'a,b') +
  part('name="word"', 'text') +
  part('name="plain"; filename="data.json"', '{}') +
  part('name="many"; filename="one.js"\r\nContent-Type: text/javascript', '1') +
  part('name="many"; filename="two.css"\r\nContent-Type: application/octet-stream', '2') +
  `--${boundary}--\r\n`;
const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
/** @param {any} value */
const of = (value) => (typeof value === 'string' ? value : [value.name, value.type, value.size, value instanceof File, value instanceof Blob]);

/** @type {any} */
const seen = {};
const forms = /** @type {[string, any][]} */ ([
  ['request', await new Request('http://host/', { method: 'POST', headers, body }).formData()],
  ['response', await new Response(body, { headers }).formData()],
]);
for (const [name, form] of forms) {
  seen[name] = [...form].map(([key, value]) => [key, of(value)]);
  seen[`${name} get`] = of(form.get('csv'));
  seen[`${name} all`] = form.getAll('many').map(of);
  seen[`${name} values`] = [...form.values()].map(of);
  form.forEach((/** @type {any} */ value, /** @type {string} */ key, /** @type {any} */ self) => (seen[`${name} ${key}`] = [of(value), self === form]));
  seen[`${name} text`] = await form.get('csv').text();
}
const form = new FormData();
form.append('file', new File(['x'], 'x.html', { type: 'text/html' }));
form.append('blob', new Blob(['x'], { type: 'application/JSON' }), 'y.json');
seen.made = [...form].map(([key, value]) => [key, of(value)]);
seen.blobs = ['text/plain', 'application/json', 'TEXT/CSS', 'image/png', '', 'b\u00e4d'].map((type) => new Blob(['a'], { type }).type);
seen.none = [new Blob(['a']).type, new File(['a'], 'a.txt').type];
seen.read = [(await new Response('x', { headers: { 'content-type': 'text/plain' } }).blob()).type, (await new Request('http://host/', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).blob()).type];
seen.headers = [new Response(new Blob(['x'], { type: 'text/html' })).headers.get('content-type'), new Response(new Blob(['x'], { type: 'text/html' }), { headers: { 'content-type': 'a/b' } }).headers.get('content-type')];
seen.urlencoded = [...(await new Response('a=1&b=2', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData())];
seen.names = [Blob.name, File.name, Response.name, new File([], 'a') instanceof Blob, new Blob([]) instanceof File];
console.log(JSON.stringify(seen, null, 1));
