import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleImports } from '../../src/link/top-level-await.js';
import { transform } from '../../src/link/transform.js';

const AsyncFunction = /** @type {FunctionConstructor} */ ((async () => {}).constructor);

/** @param {string} source @param {Record<string, number>} [references] */
async function convert(source, references = {}) {
  const { pieces, requests, awaits } = await transform({ source, esm: true, hot: true, lazy: false });
  return { awaits, code: pieces.reduce((code, piece, index) => code + (references[requests[index - 1].specifier] ?? requests[index - 1].text) + piece) };
}

test('a module with top-level await becomes an async wrapper that exports what it should', async () => {
  const { code, awaits } = await convert(`
    export const first = await Promise.resolve(1);
    export let list = [];
    for await (const one of [Promise.resolve('a'), 'b']) list.push(one);
    async function inner() { return await Promise.resolve(2) }
    export const sum = first + (await inner()) + (await (async () => await 3)());
    export default { nested: [await Promise.resolve('n')] };`);
  assert.equal(awaits, true);
  /** @type {any} */
  const module = { exports: {} };
  const modules = [{ id: 0, reference: 70, path: '/m.js', hot: true, esm: true, strict: true, awaits, code }];
  assert.deepEqual([...settleImports(modules)], [0]);
  await new AsyncFunction('module', 'exports', 'require', modules[0].code)(module, module.exports, () => ({}));
  assert.deepEqual({ ...module.exports, default: module.exports.default }, { first: 1, list: ['a', 'b'], sum: 6, default: { nested: ['n'] } });
});

test('awaits inside of functions only do not make a module wait', async () => {
  assert.equal((await convert('export async function f() { await 1; for await (const x of []) x }')).awaits, false);
});

test('whoever imports a waiting module waits, through any number of modules; nobody else', async () => {
  const sources = ["import './b.js'; export * from './c.js'; import fs from 'node:fs'; fs", "export { x } from './c.js'", 'export const x = await 1', 'export const other = 1'];
  const modules = await Promise.all(sources.map(async (source, id) => ({ id, reference: 70 + id, path: `/${'abcd'[id]}.js`, hot: true, esm: true, strict: true, ...(await convert(source, { './b.js': 71, './c.js': 72 })) })));
  assert.deepEqual([...settleImports(modules)].sort(), [0, 1, 2]);
  assert.match(modules[0].code, /await __import\.wait\(71\)/);
  assert.match(modules[0].code, /await __import\.wait\(72\)/);
  assert.match(modules[0].code, /require\("node:fs"\)/);
  assert.match(modules[1].code, /await __import\.wait\(72\)/);
});
