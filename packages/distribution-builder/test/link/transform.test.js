import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { transform } from '../../src/link/transform.js';

/** @param {string} source @param {Partial<import('../../src/link/transform.js').Source>} [kind] */
async function transformed(source, kind = {}) {
  const { pieces, requests, failure } = await transform({ source, esm: false, hot: true, lazy: false, ...kind });
  assert.equal(failure, undefined);
  return { requests, code: pieces.reduce((code, piece, index) => `${code}<${requests[index - 1].specifier}>${piece}`) };
}

test('a cold CommonJS module stays the text that it is, but for what it requires', async () => {
  const source = '// kept\n"use strict"\nfunction  l ( ) { return require( "./a" ) }\n';
  assert.equal((await transformed(source, { hot: false })).code, source.replace('"./a"', '<./a>'));
});

test('require, require.resolve and import() of a constant name are requests, each with its line', async () => {
  const { requests } = await transformed('require("a");\nrequire.resolve("b");\n\nimport("c")');
  assert.deepEqual(requests.map(({ specifier, asImport, line }) => [specifier, asImport, line]), [['a', false, 1], ['b', false, 2], ['c', true, 4]]);
});

test('built-in modules and computed names stay', async () => {
  const { requests, code } = await transformed('require("fs");require(name);require("node:path")', { hot: false });
  assert.deepEqual(requests, []);
  assert.equal(code, 'require("fs");require(name);require("node:path")');
});

test('a template without a gap is a constant name', async () => {
  assert.equal((await transformed('require(`a`)')).requests[0].specifier, 'a');
});

test('what only development requires is no request', async () => {
  for (const source of [
    'if (process.env.NODE_ENV !== "production") require("./dev")',
    'process.env.NODE_ENV === "production" || require("./dev")',
    'module.exports = process.env.NODE_ENV === "production" ? 1 : require("./dev")',
    'if (process.env["NODE_ENV"] === "development" && debug) { f(() => require("./dev")) }',
    'if (process.env.__NEXT_DEV_SERVER) require("./dev")',
    'if (!("production" === process.env.NODE_ENV)) {} else {} if (!1) require("./dev")',
  ]) assert.deepEqual((await transformed(source)).requests, [], source);
});

test('what production requires is one', async () => {
  for (const source of [
    'if (process.env.NODE_ENV === "production") require("./it")',
    'if (process.env.NODE_ENV !== "production") {} else require("./it")',
    'if (process.env.OTHER !== "production") require("./it")',
    'process.env.NODE_ENV === "production" && require("./it")',
    'if (dev || process.env.NODE_ENV === "production") require("./it")',
    'if (a.env.NODE_ENV === "x") require("./it")',
  ]) assert.equal((await transformed(source)).requests.length, 1, source);
});

test('a require inside of try is expected to fail', async () => {
  const { requests } = await transformed('try { require("a") } catch { require("b") }');
  assert.deepEqual(requests.map(({ guarded }) => guarded), [true, false]);
});

test('ES modules: lines are those of the source, imports ask as imports', async () => {
  const { requests, code } = await transformed('// one\nimport a from "a";\n\nexport const f = () => import("b");export default a', { esm: true });
  assert.deepEqual(requests.map(({ specifier, asImport, line }) => [specifier, asImport, line]).sort(), [['a', true, 2], ['b', true, 4]]);
  assert.match(code, /__toEsm/);
});

test('ES modules that ask for their own URL stay strict', async () => {
  const { code } = await transformed('export const url = import.meta.url; export const strict = (function () { return this === undefined })()', { esm: true });
  const module = { exports: /** @type {any} */ ({}) };
  new Function('module', 'exports', 'require', '__filename', code)(module, module.exports, createRequire(import.meta.url), '/app/a.mjs');
  const exports = { url: module.exports.url, strict: module.exports.strict };
  assert.deepEqual(exports, { url: 'file:///app/a.mjs', strict: true });
});

test('a source that holds our mark is not confused by it', async () => {
  const { requests, code } = await transformed('const a = "@link0@link";require("x")', { hot: false });
  assert.equal(requests.length, 1);
  assert.equal(code, 'const a = "@link0@link";require(<x>)');
});

test('what is not JavaScript says why, without a path', async () => {
  const { failure } = await transform({ source: 'a template {{', esm: false, hot: false, lazy: false });
  assert.match(String(failure), /Unexpected token/);
});
