import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileProgram } from '../support/program.js';

/** Each case is a module that exports what it sees; node's own answer is the expected one. */
/** @type {Record<string, string>} */
const CASES = {
  'a dual package: require and import have conditions of their own': `
    exports.seen = async () => [require('dual'), require('dual/sub'), (await import('dual')).default, (await import('dual/sub')).default]`,
  'a pattern in exports, by a computed name': `
    const name = (x) => 'patterns/' + x;
    exports.seen = async () => [require(name('a')), require(name('deep/b')), (await import(name('a'))).default]`,
  'a package without exports: main, a folder, a file without its ending, by a computed name': `
    exports.seen = async () => ['plain', 'plain/lib', 'plain/lib/two', './near', './near/', './near/index.js', './data'].map((name) => require(name))`,
  'a module that only a computed name reaches': `
    const names = ['cold-cjs', 'cold-esm'];
    exports.seen = async () => [require(names[0]), { ...(await import(names[1])) }, require(names[0]) === require(names[0])]`,
  'what is not there: the code that packages test, and who asked': `
    const tried = (f) => { try { return f() } catch (e) { return [e.code, e.message.split('\\n')[0], e instanceof Error] } };
    const absent = 'absent';
    exports.seen = async () => [tried(() => require('absent')), tried(() => require(absent)), tried(() => require('./absent.js')), tried(() => require.resolve(absent)), tried(() => require('guarded'))]`,
  'ES modules take CommonJS as node does': `
    exports.seen = async () => (await import('interop')).seen`,
  'CommonJS takes ES modules by import()': `
    exports.seen = async () => { const m = await import('esm-only'); return [Object.keys(m).sort(), m.default(), m.named, m.live, (m.change(), m.live), String(m[Symbol.toStringTag]), typeof m.default] }`,
  'import() of CommonJS: default and names': `
    exports.seen = async () => { const m = await import('./near/index.js'); const k = await import('flagged'); return [m.default, m.near, k.default, k.named] }`,
  'import.meta': `
    exports.seen = async () => { const { meta } = await import('meta'); return meta.map((text) => text.replace(/^.*(?=\\/node_modules)/, '')) }`,
  'require as a parameter belongs to the bundle inside': `
    exports.seen = async () => require('browserified')`,
  'createRequire, module.require, require.resolve': `
    const { createRequire } = require('node:module');
    const path = require('path');
    const own = createRequire(__filename);
    exports.seen = async () => [own('./data'), module.require('./near'), path.basename(require.resolve('./near')), path.basename(own.resolve('plain')), require.resolve('fs'), typeof require.cache, typeof require.extensions['.js']]`,
  'the module object and its surroundings': `
    exports.seen = async () => [this === module.exports, module.id === __filename || module.id === '.', path(__filename), path(__dirname), module.filename === __filename, typeof module.children, arguments.length >= 5, module.loaded];
    function path(p) { return p.split('/').pop().replace(/^distribution-builder.*|^[A-Za-z0-9]{6,}$/, 'root') }`,
  'circles': `
    exports.seen = async () => [require('./circle-a').whole(), (await import('./circle-a.mjs')).whole()]`,
  'a failed module is tried again': `
    const tried = () => { try { return require('./failing') } catch (e) { return e.message } };
    globalThis.failing = true;
    exports.seen = async () => { const first = tried(); globalThis.failing = false; return [first, tried()] }`,
  'names, and what toString gives of a cold module': `
    const cold = 'cold-cjs';
    class K { static m() {} }
    const { l } = { l: function l() { { function l() {} return [l.name] } } };
    const arrow = () => 1;
    exports.seen = async () => [K.name, l.name, l(), arrow.name, (function () {}).name, (() => {}).name, require(cold).text]`,
  'a symbolic link and what it leads to are one module': `
    exports.seen = async () => [require('linked') === require('./packages/linked'), require('linked').file.endsWith('/packages/linked/index.js'), require('linked').plain]`,
  'top-level await': `
    exports.seen = async () => [(await import('late')).value, (await import('./late-user.mjs')).value]`,
  'JSON, as a module': `
    exports.seen = async () => [require('./data.json'), require('./data'), require('./data.json') === require('./data'), Object.keys(require('./proto.json'))]`,
  'strict and sloppy': `
    exports.seen = async () => [(function () { return this === globalThis })(), (await import('esm-only')).strict, eval('typeof module'), require('./strict'), require('./chunk').map((f) => [f.name, f(), typeof f])]`,
};

const FILES = {
  'package.json': { name: 'program', version: '1.0.0' },
  'data.json': { a: [1] },
  'proto.json': '{"__proto__": 1, "b": 2}',
  'strict.js': '"use strict"; module.exports = [(function () { return this === undefined })(), (() => { try { Object.freeze(exports).x = 1 } catch (e) { return e.name } })()]',
  // As a bundler writes modules: strict ones beside others.
  'chunk.js': `const named = function () { "use strict"; return this === undefined }, { byKey } = { byKey: () => { "use strict"; return (function () { return this === undefined })() } };
    function hoisted() { return this === globalThis }
    module.exports = [named, byKey, hoisted, () => { "use strict"; return (function () { return this === undefined })() }, function () { return this === globalThis }, function own() { "use strict"; return this === undefined }, { "a key": function () { 'use strict'; return this === undefined } }["a key"], async () => { "use strict"; await 1 }]`,
  'near/index.js': 'exports.near = 1',
  'circle-a.js': 'exports.early = 1; const b = require("./circle-b"); exports.whole = () => [b.seen, b.late()]',
  'circle-b.js': 'const a = require("./circle-a"); exports.seen = Object.keys(a); exports.late = () => Object.keys(a)',
  'circle-a.mjs': 'import { late } from "./circle-b.mjs"; export const x = 1; export const whole = () => late()',
  'circle-b.mjs': 'import * as a from "./circle-a.mjs"; export const late = () => Object.keys(a).sort()',
  'failing.js': 'if (globalThis.failing) throw new Error("not yet"); module.exports = "now"',
  'late-user.mjs': 'import { value as v } from "late"; export const value = [v]',
  'packages/linked/index.js': 'exports.file = __filename; exports.plain = require("plain")',
  'packages/linked/package.json': { name: 'linked', version: '1.0.0' },
  'node_modules/dual/package.json': { name: 'dual', version: '1.0.0', exports: { '.': { import: './i.mjs', require: './r.js' }, './sub': { node: { import: './i2.mjs', default: './r2.js' } } } },
  'node_modules/dual/i.mjs': 'export default "import"',
  'node_modules/dual/r.js': 'module.exports = "require"',
  'node_modules/dual/i2.mjs': 'export default "import sub"',
  'node_modules/dual/r2.js': 'module.exports = "require sub"',
  'node_modules/patterns/package.json': { name: 'patterns', version: '1.0.0', exports: { './*': './files/*.js', './deep/*': './files/deep-*.js' } },
  'node_modules/patterns/files/a.js': 'module.exports = "a"',
  'node_modules/patterns/files/deep-b.js': 'module.exports = "deep b"',
  'node_modules/plain/package.json': { name: 'plain', version: '1.0.0', main: 'lib/one' },
  'node_modules/plain/lib/one.js': 'module.exports = "one"',
  'node_modules/plain/lib/two.js': 'module.exports = "two"',
  'node_modules/plain/lib/index.js': 'module.exports = "index"',
  'node_modules/cold-cjs/package.json': { name: 'cold-cjs', version: '1.0.0' },
  'node_modules/cold-cjs/index.js': 'function theme( a ){ return "class"===a ? 1   : 2 /* kept */ }\nexports.text = theme.toString(); exports.plain = require("plain")',
  'node_modules/cold-esm/package.json': { name: 'cold-esm', version: '1.0.0', type: 'module', exports: './index.js' },
  'node_modules/cold-esm/index.js': 'import plain from "plain"; export const a = plain; export default function () {}; export { default as again } from "plain"',
  'node_modules/guarded/package.json': { name: 'guarded', version: '1.0.0' },
  'node_modules/guarded/index.js': 'let found; try { found = require("optional-peer") } catch (e) { found = e.code } module.exports = found',
  'node_modules/esm-only/package.json': { name: 'esm-only', version: '1.0.0', type: 'module', exports: './index.js' },
  'node_modules/esm-only/index.js': 'export default function named_default() { return "d" } export const named = 1; export let live = 1; export const change = () => { live = 2 }; export const strict = (function () { return this === undefined })()',
  'node_modules/flagged/package.json': { name: 'flagged', version: '1.0.0' },
  'node_modules/flagged/index.js': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "its default"; exports.named = "n"',
  'node_modules/interop/package.json': { name: 'interop', version: '1.0.0', type: 'module', exports: './index.js' },
  'node_modules/interop/index.js': `import flagged, { named } from "flagged"; import * as all from "flagged"; import plain from "plain"; import own, { named as n } from "esm-only"; import fs, { existsSync } from "node:fs"; import data from "./own.cjs";
    export const seen = [flagged, named, all.named, plain, own(), n, fs.existsSync === existsSync, data]`,
  'node_modules/interop/own.cjs': 'module.exports = { __esModule: false, x: 1 }',
  'node_modules/meta/package.json': { name: 'meta', version: '1.0.0', type: 'module', exports: './index.js' },
  'node_modules/meta/index.js': 'export const meta = [import.meta.url, import.meta.dirname, import.meta.filename, new URL("./x.wasm", import.meta.url).pathname]',
  'node_modules/browserified/package.json': { name: 'browserified', version: '1.0.0' },
  'node_modules/browserified/index.js': 'module.exports = (function (modules) { const cache = {}; function req(id) { const m = (cache[id] = { exports: {} }); modules[id](req, m, m.exports); return m.exports } return req("plain") })({ plain: function (require, module, exports) { module.exports = "inner " + require("./data") }, "./data": function (require, module) { module.exports = "data" } })',
  'node_modules/late/package.json': { name: 'late', version: '1.0.0', type: 'module', exports: './index.js' },
  'node_modules/late/index.js': 'const wait = () => new Promise((r) => setImmediate(r, 5)); export const value = await wait(); ',
};

test('a program that is linked sees what it sees under node', async (t) => {
  const names = Object.keys(CASES);
  const files = Object.fromEntries(names.map((name, index) => [`case-${index}.js`, CASES[name]]));
  const entry = `(async () => { const all = []; for (const load of [${names.map((_name, index) => `() => require('./case-${index}.js')`).join(',')}]) { try { all.push(await load().seen()) } catch (e) { all.push('failed: ' + e.stack) } } console.log(JSON.stringify(all)) })()`;
  const { source, executable } = await compileProgram(t, { ...FILES, ...files, 'entry.js': entry }, { 'node_modules/linked': 'packages/linked' });
  const options = /** @type {const} */ ({ encoding: 'utf8', timeout: 30_000 });
  const node = JSON.parse(execFileSync(process.execPath, [join(source, 'entry.js')], { ...options, cwd: source }));
  const ours = JSON.parse(execFileSync(executable, [], { ...options, cwd: '/' }));
  for (const [index, name] of names.entries()) {
    await t.test(name, () => {
      assert.doesNotMatch(JSON.stringify(node[index]), /^"failed/);
      assert.deepEqual(ours[index], node[index]);
    });
  }
});
