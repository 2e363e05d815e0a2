import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from 'acorn';
import esbuild from 'esbuild';
import MagicString from 'magic-string';
import { guardNames } from '../../src/link/name-guard.js';

/** @param {string} source */
function printed(source) {
  return esbuild.transformSync(source, { minifySyntax: true, minifyWhitespace: true, platform: 'node' }).code;
}

/** @param {string} source */
function guarded(source) {
  const out = new MagicString(source);
  guardNames(parse(source, { ecmaVersion: 'latest' }), out);
  return out.toString();
}

const SHADOWED = 'function l(){return 1}function outer(){function l(){return l.name}return l()}module.exports=outer;';

test('esbuild renames a shadowing function without the guard: the reason for it', () => {
  assert.match(printed(SHADOWED), /function l2\(/);
});

test('with the guard every name stays', () => {
  assert.doesNotMatch(printed(guarded(SHADOWED)), /l2/);
});

test('directives stay first', () => {
  assert.match(guarded('"use strict";f()'), /^"use strict";;?if\(0\)/);
  assert.match(guarded('function f(){"use strict";return this}'), /\{"use strict";;?if\(0\)/);
});

test('arrows with an expression for a body keep their value', () => {
  assert.equal(eval(guarded('((a)=>a+1)(2)')), 3);
});

test('a switch that declares is guarded and still runs', () => {
  assert.equal(eval(guarded('(function(a){switch(a){case 1:let b=2;return b}})(1)')), 2);
});
