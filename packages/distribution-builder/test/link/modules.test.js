import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransformCache } from '../../src/link/transform-cache.js';
import { TransformPool } from '../../src/link/transform-pool.js';
import { cached } from '../../src/link/executable.js';
import { folderWith } from '../support/folder.js';
import { link, treeWith } from '../support/tree.js';

/** Modules that reach each other on several ways, so that threads finish in ever other orders. */
const MANY = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [
    `m${index}.${index % 3 === 0 ? 'mjs' : 'js'}`,
    index % 3 === 0
      ? `import other from "./m${(index * 7 + 1) % 60}.js"; export default () => other; export const size = ${JSON.stringify('x'.repeat((index * 997) % 5000))}`
      : `const a = require("./m${(index * 11 + 2) % 60}"); exports.a = function l() { function l() {} return [a, l] } // ${'y'.repeat((index * 499) % 5000)}`,
  ]),
);

test('the same bytes with and without threads, with and without a cache', async (t) => {
  const tree = treeWith(t, MANY);
  const folder = folderWith(t, {});
  const runs = [];
  for (const [size, cacheFolder] of /** @type {[number, string|null][]} */ ([[0, null], [4, null], [2, folder], [4, folder], [0, folder]])) {
    const pool = new TransformPool(size);
    const cache = cacheFolder ? new TransformCache(cacheFolder) : null;
    const transform = cache ? cached(cache, pool) : (/** @type {any} */ source) => pool.run(source);
    runs.push(JSON.stringify(await link(tree, ['/m1.js', '/m2.js'], { transform })));
    cache?.save();
    await pool.close();
  }
  for (const run of runs) assert.equal(run, runs[0]);
});

test('the second build transforms nothing', async (t) => {
  const tree = treeWith(t, MANY);
  const folder = folderWith(t, {});
  let transforms = 0;
  const pool = { run: async (/** @type {any} */ source) => (transforms++, new TransformPool(0).run(source)) };
  const cache = new TransformCache(folder);
  await link(tree, ['/m1.js'], { transform: cached(cache, pool) });
  assert.equal(transforms, 60);
  cache.save();
  await link(tree, ['/m1.js'], { transform: cached(new TransformCache(folder), pool) });
  assert.equal(transforms, 60);
});

test('what the entries reach is hot, the rest is cold', async (t) => {
  const tree = treeWith(t, { 'entry.js': 'require("./near");', 'near.js': 'exports.load = (name) => require(name)', 'far.js': '' });
  const { modules } = await link(tree, ['/entry.js']);
  assert.deepEqual(modules.map(({ path, hot }) => [path, hot]), [['/entry.js', true], ['/near.js', true], ['/far.js', false]]);
});

test('a name that nothing traced answers: file, line, and what happens when it is reached', async (t) => {
  const tree = treeWith(t, { 'entry.js': '\nrequire("absent");\ntry { require("optional") } catch {}\n\nrequire(name);', 'node_modules/next/a.js': 'require("absent")' });
  const { modules, unresolved } = await link(tree, ['/entry.js', '/node_modules/next/a.js']);
  assert.match(modules[0].code, /require\("absent"\)/);
  assert.deepEqual(unresolved.map(({ path, line, kind, expected }) => [`${path}:${line}`, kind, expected]), [
    ['/entry.js:2', 'missing', false],
    ['/entry.js:3', 'missing', true],
    ['/entry.js:5', 'computed', false],
    ['/node_modules/next/a.js:1', 'missing', true],
  ]);
  assert.match(unresolved[0].atRunTime, /throws MODULE_NOT_FOUND/);
});

test('a file that is no JavaScript fails when it is loaded, not the build', async (t) => {
  const tree = treeWith(t, { 'entry.js': '', 'template.js': 'const {{ name }}' });
  const { modules } = await link(tree, ['/entry.js']);
  assert.throws(() => new Function(modules[1].code)(), /SyntaxError: \/template.js cannot be linked/);
});

test('JSON keeps a key called __proto__', async (t) => {
  const tree = treeWith(t, { 'entry.js': 'require("./a.json")', 'a.json': '{"__proto__":1}' });
  const { modules } = await link(tree, ['/entry.js']);
  const module = { exports: {} };
  new Function('module', modules[1].code)(module);
  assert.deepEqual(Object.keys(module.exports), ['__proto__']);
});

test('a thread that dies fails the build instead of holding it', async () => {
  const pool = new TransformPool(2);
  await assert.rejects(pool.run(/** @type {any} */ (null)), TypeError);
  await pool.close();
});
