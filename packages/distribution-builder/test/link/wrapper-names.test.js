import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { transform } from '../../src/link/transform.js';

const source = `
import { createRequire } from 'node:module';
import path from 'node:path';
const require = createRequire(import.meta.url);
export const __dirname = path.dirname('/a/b'), other = 1;
const module = { require, exports: 5 };
const { posix } = require('node:path');
export const reads = () => [typeof require.resolve, module.exports, typeof module.require, posix.sep];
export function shadowed(require) { return require('x'); }
export { module, require as ownRequire };
`;

test('an ES module may declare the names of its wrapper', async () => {
  const { pieces, requests } = await transform({ source, esm: true, hot: true, lazy: false });
  const code = pieces.reduce((text, piece, index) => text + requests[index - 1].text + piece);
  const exports = /** @type {any} */ ({});
  const module = { exports };
  const toEsm = (/** @type {any} */ value) => ({ default: value, ...value });
  new Function('module', 'exports', 'require', '__filename', '__dirname', '__toEsm', code)(module, exports, createRequire(import.meta.url), '/m.mjs', '/', toEsm);
  const made = module.exports;
  assert.equal(made.__dirname, '/a');
  assert.equal(made.other, 1);
  assert.deepEqual(made.reads(), ['function', 5, 'function', '/']);
  assert.equal(made.shadowed((/** @type {string} */ name) => name), 'x');
  assert.equal(made.module.exports, 5);
  assert.equal(typeof made.ownRequire, 'function');
});
