import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { longRows, streamOf } from '../../src/public-env/flight.js';
import { PLAN_FILE, preparePublicValues } from '../../src/public-env/prepare.js';
import { correctLengths, fill, fillPage, prepareValues } from '../../src/runtime/public-text.js';
import { folderWith } from '../support/folder.js';

const values = prepareValues({ NEXT_PUBLIC_API: 'https://läden.example/v1?a=1&b=<2>', NEXT_PUBLIC_NAME: '' }, '0123456789abcdef');

/** @param {string} text */
const latin1 = (text) => Buffer.from(text, 'utf8').toString('latin1');
/** @param {string} text */
const utf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');

test('a value stands there as it is, percent-encoded, or as its host alone; unknown names stay', () => {
  const text = 'a=https://next-public-api.nextcore.invalid/x b=https%3A%2F%2Fnext-public-api.nextcore.invalid%2Fx c=next-public-api.nextcore.invalid d=[https://next-public-name.nextcore.invalid] e=https://next-public-else.nextcore.invalid f-nextcorevalues00.js';
  assert.equal(
    utf8(fill(text, values)),
    'a=https://läden.example/v1?a=1&b=<2>/x b=https%3A%2F%2Fl%C3%A4den.example%2Fv1%3Fa%3D1%26b%3D%3C2%3E%2Fx c=xn--lden-loa.example d=[] e=https://next-public-else.nextcore.invalid f-0123456789abcdef.js',
  );
});

test('in a page a value is escaped as the place asks for', () => {
  const page = '<a href="https://next-public-api.nextcore.invalid"></a><script src="/https://next-public-api.nextcore.invalid">x="https://next-public-api.nextcore.invalid"</script>';
  assert.equal(
    utf8(fillPage(page, values)),
    '<a href="https://läden.example/v1?a=1&amp;b=&lt;2&gt;"></a><script src="/https://läden.example/v1?a=1&amp;b=&lt;2&gt;">x="https://läden.example/v1?a=1\\u0026b=\\u003c2\\u003e"</script>',
  );
});

/** @param {string} text */
const row = (text) => `2:T${Buffer.byteLength(text).toString(16)},${text}`;
const LONG = 'ä'.repeat(20) + 'https://next-public-api.nextcore.invalid' + '\n3:"no row of its own"\n';

test('rows of known length are found between the others, and keep what looks like a row inside', () => {
  const stream = latin1(`0:{"a":1}\n1:I["x",[]]\n${row(LONG)}4:"$L2"\n`);
  const rows = longRows(stream);
  assert.deepEqual(rows.map(({ content }) => utf8(content)), [LONG]);
  assert.equal(stream.slice(rows[0].at, rows[0].at + rows[0].length.length), rows[0].length);
});

test('lengths are right after filling: flight data, and a page that holds it in pieces', (t) => {
  const stream = `0:"first"\n${row(LONG)}4:"last"\n`;
  const cut = stream.indexOf('ä') + 5;
  const pieces = [stream.slice(0, 14), stream.slice(14, cut), stream.slice(cut)].map((piece) => `<script>self.__next_f.push([1,${JSON.stringify(piece).replaceAll('<', '\\u003c')}])</script>`);
  const distDir = folderWith(t, {
    'build-manifest.json': { pages: {}, rootMainFiles: [] },
    'server/app/a.rsc': stream,
    'server/app/a.html': `<p>ä</p>${pieces.join('')}`,
  });
  preparePublicValues(/** @type {any} */ ({ distDir, config: {} }), { NEXT_PUBLIC_API: null });
  const { lengths } = JSON.parse(readFileSync(join(distDir, PLAN_FILE), 'utf8'));
  for (const name of ['server/app/a.rsc', 'server/app/a.html']) {
    assert.equal(lengths[name].length, 1, name);
    const corrected = correctLengths(readFileSync(join(distDir, name), 'latin1'), lengths[name], values);
    const filled = name.endsWith('.html') ? streamOf(fillPage(corrected, values)).stream : fill(corrected, values);
    assert.deepEqual(longRows(filled).map(({ content }) => utf8(content)), [LONG.replace('https://next-public-api.nextcore.invalid', values.byPlace['next-public-api'])], name);
    assert.ok(utf8(filled).endsWith('4:"last"\n'));
  }
});

test("the bootstrap gets a name that carries the values' hash, wherever it is named", (t) => {
  const distDir = folderWith(t, {
    'build-manifest.json': { pages: { '/_app': ['static/chunks/webpack-12ab.js'] }, rootMainFiles: ['static/chunks/webpack-12ab.js', 'static/chunks/main.js'] },
    'static/chunks/webpack-12ab.js': 'start()',
    'server/middleware-build-manifest.js': 'self.__BUILD_MANIFEST={"rootMainFiles":["static/chunks/webpack-12ab.js"]}',
  });
  preparePublicValues(/** @type {any} */ ({ distDir, config: {} }), {});
  assert.ok(!existsSync(join(distDir, 'static/chunks/webpack-12ab.js')));
  assert.match(readFileSync(join(distDir, 'static/chunks/webpack-12ab-nextcorevalues00.js'), 'utf8'), /"nextcore-public-values"[^]*start\(\)$/);
  assert.deepEqual(JSON.parse(readFileSync(join(distDir, 'build-manifest.json'), 'utf8')).rootMainFiles[0], 'static/chunks/webpack-12ab-nextcorevalues00.js');
  assert.equal(readFileSync(join(distDir, 'server/middleware-build-manifest.js'), 'utf8'), 'self.__BUILD_MANIFEST={"rootMainFiles":["static/chunks/webpack-12ab-"+process.env.NEXTCORE_PUBLIC_VALUES+".js"]}');
});

test('a value that was copied into code is refused, and so is a page without a known bootstrap', (t) => {
  const copied = folderWith(t, { 'build-manifest.json': { pages: {} }, 'static/chunks/a.js': 'x="https://next-public-api.nextcore.invalid"' });
  assert.throws(() => preparePublicValues(/** @type {any} */ ({ distDir: copied, config: {} }), { NEXT_PUBLIC_API: null }), { what: 'the value of NEXT_PUBLIC_API is part of the compiled code', where: 'static/chunks/a.js' });
  const renamed = folderWith(t, { 'build-manifest.json': { pages: {}, rootMainFiles: ['static/chunks/other.js'] } });
  assert.throws(() => preparePublicValues(/** @type {any} */ ({ outputMode: 'export', config: {} }), {}), { where: "next.config, output: 'export'" });
  assert.throws(() => preparePublicValues(/** @type {any} */ ({ config: { experimental: { sri: {} } } }), {}), { where: 'next.config, experimental.sri' });
  assert.throws(() => preparePublicValues(/** @type {any} */ ({ distDir: renamed, config: {} }), {}), { where: 'build-manifest.json' });
});
