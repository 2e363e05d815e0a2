import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { takeOutExternals } from '../../src/externals/choose.js';
import { chooseAddons } from '../../src/natives/addons.js';
import { takeOutReplaced } from '../../src/natives/stand-ins.js';
import { folderWith } from '../support/folder.js';
import { missing } from '../support/missing.js';

const skip = missing(Boolean(spawnSync('cc', ['--version']).error) && 'needs cc, a C compiler');
const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const V8 = 'extern "C" void* _ZN2v87Isolate10GetCurrentEv(void);extern "C" void* f(void){return _ZN2v87Isolate10GetCurrentEv();}';
const NAPI = 'extern "C" void napi_module_register(void*);extern "C" void f(void){napi_module_register(0);}';

/** @param {string} file @param {string} source @param {string[]} [more] */
function compile(file, source, more = []) {
  mkdirSync(dirname(file), { recursive: true });
  execFileSync('cc', ['-shared', '-fPIC', '-nostdlib', '-x', 'c++', '-', '-x', 'none', '-o', file, ...more], { input: source });
}

/** @param {string} given @returns {import('../../src/trace/tree.js').Tree} all files of a folder */
function treeOf(given) {
  const root = realpathSync(given);
  const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return { root, app: '', dist: '/.next', next: '/node_modules/next', nextMajor: 16, files: new Map(files.map((file) => [`/${relative(root, file)}`, file])), links: {} };
}

test('an add-on bound to V8 is refused with the symbol, the package and what to do', { skip }, (t) => {
  const root = folderWith(t, { 'node_modules/old/package.json': { name: 'old', version: '1.0.0' } });
  compile(join(root, 'node_modules/old/build/Release/old.node'), V8);
  const tree = treeOf(root);
  assert.throws(
    () => chooseAddons(tree, ARCH),
    (/** @type {any} */ error) => /old\.node is bound to V8 \(it needs _ZN2v87Isolate/.test(error.message) && /--external old/.test(error.format()),
  );
  takeOutExternals(tree, { arch: ARCH, natives: 'embed', externals: ['old'] });
  assert.deepEqual(chooseAddons(tree, ARCH), { addons: {}, libraries: {} });
});

test('builds for musl and for other processors are told by their header', { skip }, (t) => {
  const root = folderWith(t, { 'node_modules/a/package.json': { name: 'a', version: '1.0.0' }, 'node_modules/a/other.node': 'MZ' });
  const libc = folderWith(t, {});
  compile(join(libc, 'libc.so'), 'extern "C" void g(void){}', ['-Wl,-soname,libc.so']);
  compile(join(root, 'node_modules/a/musl.node'), NAPI, ['-Wl,--no-as-needed', join(libc, 'libc.so')]);
  compile(join(root, 'node_modules/a/glibc.node'), NAPI);
  assert.deepEqual(Object.keys(chooseAddons(treeOf(root), ARCH).addons), ['/node_modules/a/glibc.node']);
  assert.deepEqual(Object.keys(chooseAddons(treeOf(root), ARCH === 'x64' ? 'arm64' : 'x64').addons), []);
});

test('better-sqlite3: replaced where its add-on is bound to V8 or missing, embedded where it is N-API', { skip }, (t) => {
  const files = { 'node_modules/better-sqlite3/package.json': { name: 'better-sqlite3', version: '12.0.0', main: 'lib/index.js' }, 'node_modules/better-sqlite3/lib/index.js': '' };
  const bound = folderWith(t, files);
  compile(join(bound, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'), V8);
  const tree = treeOf(bound);
  assert.deepEqual([...takeOutReplaced(tree)], [['/node_modules/better-sqlite3/lib/index.js', 'nextcore:better-sqlite3']]);
  assert.deepEqual(chooseAddons(tree, ARCH).addons, {});
  assert.equal(takeOutReplaced(treeOf(folderWith(t, files))).size, 1);
  const free = folderWith(t, files);
  compile(join(free, 'node_modules/better-sqlite3/prebuilds/x.node'), NAPI);
  assert.equal(takeOutReplaced(treeOf(free)).size, 0);
});

test('a package that holds a program goes outside, with the reason', { skip }, (t) => {
  const root = folderWith(t, { 'node_modules/ffmpeg/package.json': { name: 'ffmpeg', version: '5.0.0' }, 'node_modules/ffmpeg/index.js': '', 'node_modules/ffmpeg/notes': 'text' });
  copyFileSync(process.execPath, join(root, 'node_modules/ffmpeg/ffmpeg'));
  chmodSync(join(root, 'node_modules/ffmpeg/ffmpeg'), 0o755);
  const tree = treeOf(root);
  const { packages, folders } = takeOutExternals(tree, { arch: ARCH, natives: 'embed', externals: [] });
  assert.deepEqual(packages, [{ name: 'ffmpeg', version: '5.0.0', reason: 'holds the program ffmpeg, which can only be started from a file', folder: '/node_modules/ffmpeg' }]);
  assert.deepEqual(folders, { '/node_modules/ffmpeg': 'ffmpeg' });
  assert.equal(tree.files.size, 0);
});
