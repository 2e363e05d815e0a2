import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'acorn';
import MagicString from 'magic-string';
import { lazyRequires } from '../../src/link/lazy-requires.js';

/** Runs the changed source; tells which modules were required, in order. @param {string} source */
function run(source) {
  const out = new MagicString(source);
  lazyRequires(parse(source, { ecmaVersion: 'latest', allowReturnOutsideFunction: true }), out);
  /** @type {string[]} */
  const required = [];
  const require = (/** @type {string} */ name) => (required.push(name), { name, f: () => name });
  return { result: new Function('require', out.toString())(require), required };
}

test('a module that is not used is not loaded', () => {
  assert.deepEqual(run('const _a=require("a");const _b=require("b");return _b.name'), { result: 'b', required: ['b'] });
});

test('a module is loaded once', () => {
  assert.deepEqual(run('const _a=require("a");return _a.name+_a.name').required, ['a']);
});

test('shorthand properties keep their value', () => {
  assert.equal(run('const _a=require("a");return {_a}').result._a.name, 'a');
});

test('a require without a name stays where it is', () => {
  assert.deepEqual(run('require("side");const _a=require("a");return 1').required, ['side']);
});

test('a name that is declared twice stays eager', () => {
  assert.deepEqual(run('const _a=require("a");return (function(_a){return _a})(3)').required, ['a']);
});
