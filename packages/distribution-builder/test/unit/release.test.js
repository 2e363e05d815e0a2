import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRelease } from '../../src/release/release.js';
import { folderWith } from '../support/folder.js';
import { missing } from '../support/missing.js';

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64';
const DIST = {
  'payload.json': { app: { output: 'server' }, build: { arch: ARCH }, env: { read: ['A', 'B'], required: ['B'] } },
  // Stands for the executable: says how it was started.
  server: '#!/bin/sh\necho "args=$* node_path=${NODE_PATH-} assets=$NEXTCORE_ASSETS_DIR"\n',
  'assets/_next/static/a.js': '1',
};
const EXTERNALS = { 'package.json': { name: 'x', private: true, dependencies: { left: '1.0.0' } } };

/** @param {string} dist @param {object} [more] */
const release = (dist, more) =>
  makeRelease({ command: 'release', dist, name: 'shop', version: '1.2.3', out: join(dist, 'out'), firstRunInstall: false, vendor: false, json: false, ...more }, () => {});

/** @param {string} tarball @param {string} folder */
function unpack(tarball, folder) {
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  return join(folder, `shop-v1.2.3-linux-${ARCH}`);
}

test('the tarball holds what a machine without containers needs, and runs from anywhere', async (t) => {
  const dist = folderWith(t, DIST);
  const made = await release(dist);
  const folder = unpack(made.release, dist);
  assert.deepEqual(readdirSync(folder).sort(), ['.env.example', 'README.md', 'assets', 'package.json', 'run.sh', 'server', 'setup.sh', 'shop.service']);
  assert.equal(statSync(join(folder, 'server')).mode & 0o777, 0o755);
  assert.equal(execFileSync(join(folder, 'run.sh'), ['x', 'y'], { cwd: '/', encoding: 'utf8' }).trim(), `args=x y node_path= assets=${folder}/assets`);
  assert.match(readFileSync(join(folder, '.env.example'), 'utf8'), /^B=$/m);
  assert.match(readFileSync(join(folder, '.env.example'), 'utf8'), /^#A=$/m);
  assert.equal((await release(dist)).sha256, made.sha256, 'same dist, same bytes');
});

test('setup.sh installs, keeps the settings and can be run again', async (t) => {
  const dist = folderWith(t, DIST);
  const folder = unpack((await release(dist)).release, dist);
  const env = { ...process.env, PREFIX: join(dist, 'opt'), ETC: join(dist, 'etc'), UNITS: join(dist, 'units'), SERVICE: 'no' };
  execFileSync(join(folder, 'setup.sh'), { env });
  writeFileSync(join(dist, 'etc/shop/env'), 'B=mine\n');
  writeFileSync(join(dist, 'opt/shop/stale'), '');
  execFileSync(join(folder, 'setup.sh'), { env });
  assert.equal(readFileSync(join(dist, 'etc/shop/env'), 'utf8'), 'B=mine\n');
  assert.ok(!existsSync(join(dist, 'opt/shop/stale')), 'the program is replaced as a whole');
  assert.match(readFileSync(join(dist, 'units/shop.service'), 'utf8'), new RegExp(`ExecStart=${dist}/opt/shop/run.sh`));
});

const noSystemd = missing(Boolean(spawnSync('systemd-analyze', ['--version']).error) && 'needs systemd-analyze');

test('the systemd unit is valid and hardened', { skip: noSystemd }, async (t) => {
  const dist = folderWith(t, DIST);
  const folder = unpack((await release(dist)).release, dist);
  const env = { ...process.env, PREFIX: join(dist, 'opt'), ETC: join(dist, 'etc'), UNITS: join(dist, 'units'), SERVICE: 'no' };
  execFileSync(join(folder, 'setup.sh'), { env });
  const unit = join(dist, 'units/shop.service');
  const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stderr);
  // 0 is the most hardened, 10 the least; what systemd itself calls OK ends at 3.
  const exposure = spawnSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' }).stdout;
  assert.ok(Number(/exposure level for shop\.service: ([\d.]+)/.exec(exposure)?.[1]) < 3, exposure);
});

test('a second setup keeps installed packages, unless package.json has changed', async (t) => {
  const dist = folderWith(t, { ...DIST, ...EXTERNALS, 'bin/bun': '#!/bin/sh\necho run >> "$LOG"\nmkdir -p node_modules/left\n' });
  execFileSync('chmod', ['+x', join(dist, 'bin/bun')]);
  const folder = unpack((await release(dist)).release, dist);
  const env = { ...process.env, PATH: `${dist}/bin:/usr/bin:/bin`, LOG: join(dist, 'log'), PREFIX: join(dist, 'opt'), ETC: join(dist, 'etc'), UNITS: join(dist, 'units'), SERVICE: 'no' };
  for (const _time of [1, 2]) execFileSync(join(folder, 'setup.sh'), { env });
  assert.equal(readFileSync(join(dist, 'log'), 'utf8'), 'run\n');
  assert.ok(existsSync(join(dist, 'opt/shop/node_modules/left')));
  writeFileSync(join(folder, 'package.json'), '{"dependencies":{"left":"2.0.0"}}');
  execFileSync(join(folder, 'setup.sh'), { env });
  assert.equal(readFileSync(join(dist, 'log'), 'utf8'), 'run\nrun\n');
});

test('externals: NODE_PATH is set, and the first run installs once', async (t) => {
  const dist = folderWith(t, { ...DIST, ...EXTERNALS, 'bin/bun': '#!/bin/sh\necho run >> "$LOG"\nmkdir -p node_modules/left\n' });
  execFileSync('chmod', ['+x', join(dist, 'bin/bun')]);
  const folder = unpack((await release(dist, { firstRunInstall: true })).release, dist);
  const env = { ...process.env, PATH: `${dist}/bin:/usr/bin:/bin`, LOG: join(dist, 'log') };
  for (const _time of [1, 2]) assert.match(execFileSync(join(folder, 'run.sh'), { env, encoding: 'utf8' }), new RegExp(`node_path=${folder}/node_modules`));
  assert.equal(readFileSync(join(dist, 'log'), 'utf8'), 'run\n');
  assert.ok(existsSync(join(folder, 'node_modules/left')));
});

/** Stands for an executable that fills. */
const FILLING = {
  ...DIST,
  'payload.json': { app: { output: 'server' }, build: { arch: ARCH }, env: { read: ['A', 'NEXT_PUBLIC_FLAG'], required: [], atRuntime: { NEXT_PUBLIC_API: null, NEXT_PUBLIC_FLAG: 'off' } } },
  server: '#!/bin/sh\n[ "${1-}" != fill-assets ] || { [ -n "${NEXT_PUBLIC_API-}" ] || exit 1; cp "$2/_next/static/a.js" "$3/filled.js"; }\necho "args=$*"\n',
};

test('values that come at the start: run.sh fills static files each time it starts the server, and only then', async (t) => {
  const dist = folderWith(t, FILLING);
  const folder = unpack((await release(dist)).release, dist);
  const run = (/** @type {string[]} */ args, /** @type {object} */ env) => spawnSync(join(folder, 'run.sh'), args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  assert.equal(run(['healthcheck'], {}).stdout, 'args=healthcheck\n');
  assert.ok(!existsSync(join(folder, 'filled')));
  assert.deepEqual([run([], {}).status, run([], {}).stdout], [1, ''], 'without its values the server does not start');
  assert.equal(run([], { NEXT_PUBLIC_API: 'x' }).stdout, 'args=\n');
  assert.ok(existsSync(join(folder, 'filled/filled.js')));
  assert.equal(run([], { NEXT_PUBLIC_API: 'x', NEXTCORE_FILLED_DIR: join(dist, 'var/filled') }).status, 0);
  assert.ok(existsSync(join(dist, 'var/filled/filled.js')));
});

test('values that come at the start: the service may write them, .env.example names them', async (t) => {
  const dist = folderWith(t, FILLING);
  const folder = unpack((await release(dist)).release, dist);
  const unit = readFileSync(join(folder, 'shop.service'), 'utf8');
  assert.match(unit, /^Environment=NEXTCORE_FILLED_DIR=\/var\/lib\/shop\/filled\nStateDirectory=shop$/m);
  const example = readFileSync(join(folder, '.env.example'), 'utf8');
  assert.match(example, /^# Required\.\nNEXT_PUBLIC_API=$/m);
  assert.deepEqual(example.match(/^.*NEXT_PUBLIC_FLAG.*$/gm), ['#NEXT_PUBLIC_FLAG=off']);
  assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /\/var\/lib\/shop\/filled \(\$NEXTCORE_FILLED_DIR/);
});

test('refused: an export, a folder that is no dist, options without externals', async (t) => {
  const dist = folderWith(t, DIST);
  await assert.rejects(release(dist, { vendor: true }), /no external packages/);
  await assert.rejects(release(folderWith(t, {})), /not a dist folder/);
  await assert.rejects(release(folderWith(t, { 'payload.json': { app: { output: 'export' }, build: { arch: ARCH } } })), /no server to release/);
});
