import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folderWith } from '../support/folder.js';
import { noSandbox } from '../support/sandbox.js';

const COMMAND = fileURLToPath(new URL('../../bin/distribution-builder.js', import.meta.url));

/** An app whose "next build" is a shell script. @param {string} build */
const app = (build) => ({
  'package.json': { name: 'app', version: '1.0.0', scripts: { build }, dependencies: { next: '16.4.6' } },
  'package-lock.json': {},
  'node_modules/next/package.json': { name: 'next', version: '16.4.6' },
});

/** @param {import('node:test').TestContext} t @param {string[]} args @param {string} [wrapper] shell around the command */
function run(t, args, wrapper = '"$@"') {
  const env = { ...process.env, NEXTCORE_CACHE: folderWith(t, {}) };
  return spawnSync('sh', ['-c', wrapper, 'sh', process.execPath, COMMAND, ...args], { env, encoding: 'utf8', timeout: 60_000 });
}

test("the app's build fails: its own output, then three lines, no stack", (t) => {
  const folder = folderWith(t, app('echo "page /x: no database" >&2; exit 3'));
  const { status, stdout, stderr } = run(t, [folder, '--out', join(folder, 'dist'), '--json']);
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /page \/x: no database[\s\S]*error: the app's build failed \(exit code 3\); its own output stands above\n {2}where: .*npm run build\n {2}next: .*\n$/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('a build script that builds no Next app', (t) => {
  const folder = folderWith(t, app('echo done'));
  const { status, stderr } = run(t, [folder, '--out', join(folder, 'dist')]);
  assert.equal(status, 1);
  assert.match(stderr, /error: the build script ended well but left no Next\.js build\n {2}where: /);
});

test('an unknown option, a missing folder: told, with what to do', (t) => {
  for (const args of [['--nonsense'], ['/no/such/folder', '--out', '/tmp/none']]) {
    const { status, stderr } = run(t, args);
    assert.equal(status, 1);
    assert.match(stderr, /^error: .+/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

test('the disk is full: told with the file', { skip: noSandbox() }, (t) => {
  const folder = folderWith(t, { ...app('mkdir -p .next/server && echo \'{"config":{"distDir":".next"}}\' > .next/required-server-files.json'), 'public/large.txt': 'x'.repeat(100_000) });
  const full = folderWith(t, { 'small/x': '' });
  // A disk of one page that is full already.
  const wrapper = `mount -t tmpfs -o size=4k none "${full}/small" && (head -c 100000 /dev/zero > "${full}/small/filler" 2>/dev/null; "$@")`;
  const env = { ...process.env, NEXTCORE_CACHE: join(full, 'small/cache') };
  const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', wrapper, 'sh', process.execPath, COMMAND, folder, '--out', join(full, 'small/dist')], { env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /error: the disk is full\n {2}where: .*small.*\n {2}next: free some space/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});
