import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facets } from '../compare/normalise.js';

/** @param {string} body @param {Record<string, string>} [headers] */
const html = (body, headers = {}) => facets({ status: 200, headers: { 'content-type': 'text/html', ...headers }, body }, 4000);

/** @param {Map<string, string>} a @param {Map<string, string>} b */
const differing = (a, b) => [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));

test('flight data cut elsewhere, rows in another order and a moved title are the same answer', () => {
  const a = html('<head><title>t</title></head><p>x</p><script>self.__next_f.push([1,"1:a\\n2:b"])</script><script>self.__next_f.push([1,"c\\n"])</script>');
  const b = html('<head></head><p>x</p><script>self.__next_f.push([1,"2:bc\\n1:"])</script><title>t</title><script>self.__next_f.push([1,"a"])</script>');
  assert.deepEqual(differing(html('<p>1</p>'), html('<p>2</p>')), ['html']);
  assert.equal(a.get('html'), b.get('html'));
  assert.deepEqual(a.get('flight')?.trim().split('\n').sort(), b.get('flight')?.trim().split('\n').sort());
});

test('what a user would notice is a difference', () => {
  const base = html('<p>x</p><script>self.__next_f.push([1,"1:a"])</script>', { vary: 'rsc' });
  assert.deepEqual(differing(base, html('<p>x</p><script>self.__next_f.push([1,"1:b"])</script>', { vary: 'rsc' })), ['flight']);
  assert.deepEqual(differing(base, html('<p>x</p><script>self.__next_f.push([1,"1:a"])</script>')), ['header vary']);
  assert.deepEqual(differing(base, html('<p>x</p>', { vary: 'rsc', 'set-cookie': 'a=1' })), ['flight', 'header set-cookie']);
});

test('ports and file times are not compared, their presence is', () => {
  const at = (/** @type {number} */ port, /** @type {string} */ time) => facets({ status: 307, headers: { location: `http://h:${port}/x`, 'last-modified': time }, body: '' }, port);
  assert.deepEqual(differing(at(4000, 'a'), at(5000, 'b')), []);
  assert.deepEqual(differing(at(4000, 'a'), facets({ status: 307, headers: { location: 'http://h:PORT/x' }, body: '' }, 1)), ['header last-modified']);
});
