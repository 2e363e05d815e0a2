import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileProgram } from '../support/program.js';

/** Each is the body of an async function whose result is compared with node's. `here` is the folder of embedded files. */
const CASES = {
  'readFile, each form': `return [fs.readFileSync(at('text.txt'), 'utf8'), (await fsp.readFile(at('text.txt'))).length, await called(fs.readFile, at('text.txt'), { encoding: 'utf8' }), fs.readFileSync(pathToFileURL(at('text.txt')), 'latin1').length, fs.readFileSync(Buffer.from(at('text.txt'))).length]`,
  'relative paths begin at the working directory': `return [fs.readFileSync('files/text.txt', 'utf8'), fs.existsSync('./files/../files/text.txt'), fs.existsSync('nothing')]`,
  "the app's own script as a file": `return [fs.readFileSync(at('script.js'), 'utf8'), fs.statSync(at('script.js')).size]`,
  'stat, lstat, each form': `const s = fs.statSync(at('text.txt')); return [s.isFile(), s.isDirectory(), s.size, s.mtime instanceof Date, fs.statSync(here).isDirectory(), (await fsp.stat(at('bytes.bin'))).size, (await called(fs.lstat, at('deep'))).isDirectory(), s instanceof fs.Stats, typeof fs.statSync(at('text.txt'), { bigint: true }).size]`,
  'throwIfNoEntry': `return [fs.statSync(at('none'), { throwIfNoEntry: false }), fs.lstatSync(at('none'), { throwIfNoEntry: false })]`,
  'errors have their code and call': `return tried([() => fs.readFileSync(at('none')), () => fs.statSync(at('none')), () => fs.readdirSync(at('none')), () => fs.accessSync(at('none')), () => fs.realpathSync(at('none')), () => fs.openSync(at('none'), 'r'), () => fs.readFileSync(at('deep')), () => fs.opendirSync(at('none')), () => fs.copyFileSync(at('none'), out('x')), () => fsp.readFile(at('none')), () => fsp.stat(at('none')), () => fsp.readdir(at('none')), () => fsp.open(at('none'))])`,
  'readdir: names, entries, recursive': `const names = (list) => list.map((e) => (e.name ? [e.name, e.isFile(), e.isDirectory(), path.relative(here, e.parentPath)] : e)).map(String).sort(); return [names(fs.readdirSync(here)), names(fs.readdirSync(here, { withFileTypes: true })), names(fs.readdirSync(here, { recursive: true })), names(await fsp.readdir(here, { recursive: true, withFileTypes: true })), names(await called(fs.readdir, here))]`,
  'opendir': `const names = []; for await (const entry of await fsp.opendir(here)) names.push([entry.name, entry.isDirectory()]); const dir = fs.opendirSync(here); let one, count = 0; while ((one = dir.readSync())) count++; dir.closeSync(); return [names.sort(), count, (await called(fs.opendir, here)).path === here]`,
  'open, read, fstat, close': `const fd = fs.openSync(at('text.txt'), 'r'); const b = Buffer.alloc(4); const n = fs.readSync(fd, b, 0, 4, 2); const s = fs.fstatSync(fd).size; fs.closeSync(fd); const h = await fsp.open(at('text.txt')); const all = await h.readFile('utf8'); await h.close(); const f2 = await called(fs.open, at('bytes.bin'), 'r'); fs.closeSync(f2); return [n, b.toString(), s, all, typeof f2]`,
  'streams, with ranges': `const read = async (options) => { const parts = []; for await (const part of fs.createReadStream(at('text.txt'), options)) parts.push(part); return typeof parts[0] === 'string' ? parts.join('') : Buffer.concat(parts).toString() }; return [await read(), await read('utf8'), await read({ start: 2, end: 4 }), await read({ start: 3, encoding: 'utf8' }), (await fsp.readFile(at('text.txt'), 'utf8')).length]`,
  'a stream of nothing tells an error': `return new Promise((resolve) => fs.createReadStream(at('none')).on('error', (e) => resolve(e.code)).on('data', () => resolve('data')))`,
  'access and exists': `return [fs.accessSync(at('text.txt')), await fsp.access(at('text.txt'), fs.constants.R_OK), await new Promise((r) => fs.exists(at('text.txt'), r)), fs.existsSync(at('none')), fs.existsSync(undefined)]`,
  'realpath': `return [fs.realpathSync(at('text.txt')) === at('text.txt'), fs.realpathSync.native(at('deep')) === at('deep'), (await fsp.realpath(at('deep/../text.txt'))) === at('text.txt'), (await called(fs.realpath.native, at('deep'))) === at('deep')]`,
  'copies out of the executable': `fs.copyFileSync(at('text.txt'), out('a.txt')); await fsp.copyFile(at('bytes.bin'), out('b.bin')); fs.cpSync(here, out('all'), { recursive: true }); await fsp.cp(at('text.txt'), out('c.txt')); return [fs.readFileSync(out('a.txt'), 'utf8'), fs.readFileSync(out('b.bin')).length, fs.readdirSync(out('all'), { recursive: true }).sort(), fs.existsSync(out('c.txt'))]`,
  'writes beside it are real': `fs.mkdirSync(out('new/deep'), { recursive: true }); fs.writeFileSync(out('new/deep/x'), 'x'); fs.appendFileSync(out('new/deep/x'), 'y'); await fsp.rename(out('new/deep/x'), out('new/y')); fs.rmdirSync(out('new/deep')); const s = fs.createWriteStream(out('new/z')); s.end('z'); await new Promise((r) => s.on('close', r)); return [fs.readdirSync(out('new')).sort(), fs.readFileSync(out('new/y'), 'utf8')]`,
  'readlink and watch of embedded files': `return [...(await tried([() => fs.readlinkSync(at('text.txt'))])), typeof fs.watchFile]`,
  'statfs': `return [fs.statfsSync('/').bsize > 0, (await fsp.statfs(out('.'))).blocks > 0]`,
  'openAsBlob': `const blob = await fs.openAsBlob(at('text.txt'), { type: 'text/plain' }); return [await blob.text(), blob.size, blob.type]`,
  'below .next: written, read, listed, linked, removed': `const p = (n) => path.join(process.cwd(), '.next/cache', n); await fsp.mkdir(p('a'), { recursive: true }); await fsp.writeFile(p('a/1'), 'one'); fs.appendFileSync(p('a/1'), ' more'); fs.linkSync(p('a/1'), p('a/2')); const again = await tried([() => fs.linkSync(p('a/1'), p('a/2'))]); await fsp.rename(p('a/2'), p('a/3'));  await fsp.utimes(p('a/1'), new Date(), new Date()); const seen = [fs.readdirSync(p('a')).sort(), fs.readFileSync(p('a/1'), 'utf8'), fs.statSync(p('a/3')).size]; await fsp.rm(p('a'), { recursive: true, force: true }); return [seen, again[0].slice(0, 1), fs.existsSync(p('a/1'))]`,
};

const FILES = {
  'package.json': { name: 'program', version: '1.0.0' },
  'files/text.txt': 'some text that is longer\n',
  'files/bytes.bin': '\u0000\u0001\u0002',
  'files/script.js': 'module.exports = 1 // as it is written\n',
  'files/deep/er/inner.json': '{"a":1}',
  'files/deep/page.mdx': '# Title\n',
};

const PRELUDE = `
const fs = require('node:fs'), fsp = require('fs/promises'), path = require('path'), { pathToFileURL } = require('url');
const here = path.join(process.cwd(), 'files'), at = (name) => path.join(here, name), out = (name) => path.join(process.env.OUT, name);
const called = (f, ...args) => new Promise((resolve, reject) => f(...args, (error, value) => (error ? reject(error) : resolve(value))));
const tried = (list) => Promise.all(list.map(async (f) => { try { return await f(), 'no error' } catch (e) { return [e.code, e.syscall] } }));
`;

test('embedded files answer every call of fs as files do', async (t) => {
  const names = Object.keys(CASES);
  const bodies = Object.values(CASES).map((body) => `async () => { ${body} }`);
  const entry = `${PRELUDE}(async () => { const all = []; for (const run of [${bodies.join(',\n')}]) { try { all.push((await run()) ?? null) } catch (e) { all.push('failed: ' + e.stack) } } console.log(JSON.stringify(all)) })()`;
  const { source, executable } = await compileProgram(t, { ...FILES, 'entry.js': entry });
  const run = (/** @type {string} */ command, /** @type {string[]} */ args, /** @type {string} */ name) => {
    const OUT = join(executable, '..', name);
    mkdirSync(OUT);
    return JSON.parse(execFileSync(command, args, { encoding: 'utf8', timeout: 30_000, cwd: source, env: { ...process.env, OUT } }));
  };
  const node = run(process.execPath, [join(source, 'entry.js')], 'node');
  const ours = run(executable, [], 'ours');
  for (const [index, name] of names.entries()) {
    await t.test(name, () => {
      assert.doesNotMatch(JSON.stringify(node[index]), /^"failed/);
      assert.deepEqual(ours[index], node[index]);
    });
  }
});

/** What takes a path and yet needs nothing of ours, each with the reason. */
const NOT_OURS = {
  'embedded files cannot be changed, and what is real is node\'s business': ['chmod', 'chown', 'lchmod', 'lchown', 'lutimes', 'symlink', 'truncate', 'mkdtemp', 'mkdtempDisposable', 'rmdir'],
  'nothing embedded ever changes': ['watch', 'watchFile', 'unwatchFile'],
  'finds nothing that is embedded': ['glob'],
  'made of existsSync': ['exists'],
  'no path': ['FileReadStream', 'FileWriteStream', 'ReadStream', 'WriteStream', 'Dir', 'Dirent', 'Stats', 'close', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'futimes', 'read', 'readv', 'write', 'writev', 'Utf8Stream'],
};

test('every call of fs that takes a path is ours, or named with the reason why not', async (t) => {
  const entry = `const fs = require('fs'); const real = process.getBuiltinModule?.('fs') ?? module.constructor; console.log(JSON.stringify({ same: Object.keys(fs).filter((k) => typeof fs[k] === 'function' && fs[k] === real[k]), promises: Object.keys(fs.promises).filter((k) => typeof fs.promises[k] === 'function' && fs.promises[k] === real.promises[k]) }))`;
  const { executable } = await compileProgram(t, { 'package.json': { name: 'program', version: '1.0.0' }, 'entry.js': entry });
  const { same, promises } = JSON.parse(execFileSync(executable, { encoding: 'utf8', timeout: 30_000 }));
  const allowed = new Set(Object.values(NOT_OURS).flat());
  const untouched = (/** @type {string[]} */ list) => list.map((name) => name.replace(/Sync$/, '')).filter((name) => !allowed.has(name) && !/^[_A-Z]/.test(name));
  assert.deepEqual([...new Set([...untouched(same), ...untouched(promises)])], []);
  assert.ok(same.length > 10, 'the comparison with the real fs works');
});
