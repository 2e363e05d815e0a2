import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockedVersion } from '../../src/externals/choose.js';
import { readLock } from '../../src/externals/lock-files.js';
import { packageJson } from '../../src/externals/package-json.js';
import { folderWith } from '../support/folder.js';

/** The same two packages in the words of each package manager, as they wrote it. @type {Record<string, string>} */
const LOCKS = {
  'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': { name: 'x' }, 'node_modules/bcrypt': { version: '6.0.0' }, 'node_modules/a/node_modules/@img/sharp-linux-x64': { version: '0.35.5' } } }),
  'npm-shrinkwrap.json': JSON.stringify({ lockfileVersion: 1, dependencies: { bcrypt: { version: '6.0.0' }, a: { version: '1.0.0', dependencies: { '@img/sharp-linux-x64': { version: '0.35.5' } } } } }),
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n\npackages:\n\n  '@img/sharp-linux-x64@0.35.5':\n    resolution: {integrity: sha512-x==}\n    cpu: [x64]\n\n  bcrypt@6.0.0:\n    resolution: {integrity: sha512-y==}\n",
  'yarn.lock': '# yarn lockfile v1\n\n\n"@img/sharp-linux-x64@0.35.5", "@img/sharp-linux-x64@^0.35.0":\n  version "0.35.5"\n  integrity sha512-x==\n\nbcrypt@^6.0.0:\n  version "6.0.0"\n  dependencies:\n    node-gyp-build "^4.8.4"\n',
  'bun.lock': '{\n  "lockfileVersion": 2,\n  "workspaces": {\n    "": {\n      "name": "x",\n    },\n  },\n  "packages": {\n    "@img/sharp-linux-x64": ["@img/sharp-linux-x64@0.35.5", "", { "os": "linux" }, "sha512-x=="],\n\n    "bcrypt": ["bcrypt@6.0.0", "", {}, "sha512-y=="],\n  }\n}\n',
};
const BERRY = '__metadata:\n  version: 10\n  cacheKey: 10c0\n\n"@img/sharp-linux-x64@npm:0.35.5":\n  version: 0.35.5\n  resolution: "@img/sharp-linux-x64@npm:0.35.5"\n  conditions: os=linux & cpu=x64\n\n"bcrypt@npm:^6.0.0":\n  version: 6.0.0\n  languageName: node\n';
const OLD_PNPM = 'lockfileVersion: 5.4\n\npackages:\n\n  /@img/sharp-linux-x64/0.35.5:\n    dev: false\n\n  /bcrypt/6.0.0_peer@1.0.0:\n    dev: false\n';
const PNPM_6 = "lockfileVersion: '6.0'\n\npackages:\n\n  /@img/sharp-linux-x64@0.35.5:\n    dev: false\n\n  /bcrypt@6.0.0(peer@1.0.0):\n    dev: false\n";

for (const [name, text] of [...Object.entries(LOCKS), ['yarn.lock', BERRY], ['pnpm-lock.yaml', OLD_PNPM], ['pnpm-lock.yaml', PNPM_6]]) {
  test(`versions in ${name}: ${text.slice(0, 30).replaceAll('\n', ' ')}`, (t) => {
    const folder = folderWith(t, { [name]: text, 'apps/web/x': '' });
    const lock = readLock([`${folder}/apps/web`, folder]);
    assert.deepEqual([...(lock?.versions.get('bcrypt') ?? [])], ['6.0.0']);
    assert.deepEqual([...(lock?.versions.get('@img/sharp-linux-x64') ?? [])], ['0.35.5']);
  });
}

test('no lock file: null; a broken one: told with its path', (t) => {
  assert.equal(readLock([folderWith(t, {})]), null);
  assert.throws(() => readLock([folderWith(t, { 'package-lock.json': '{' })]), /lock file cannot be read/);
});

test("the lock file's version, else the installed one; a difference is told", (t) => {
  const lock = readLock([folderWith(t, { 'package-lock.json': LOCKS['package-lock.json'] })]);
  assert.equal(lockedVersion({ name: 'bcrypt', version: '6.0.0' }, lock), '6.0.0');
  assert.equal(lockedVersion({ name: 'of-the-workspace', version: '1.0.0' }, lock), '1.0.0');
  assert.equal(lockedVersion({ name: 'bcrypt', version: '5.0.0' }, null), '5.0.0');
  assert.throws(() => lockedVersion({ name: 'bcrypt', version: '5.0.0' }, lock), /bcrypt 5.0.0 is installed, the lock file says 6.0.0/);
});

test('package.json: exact versions, platform packages of this platform, the rest pinned', (t) => {
  const root = folderWith(t, {
    'node_modules/sharp/package.json': { name: 'sharp', version: '1.2.3', dependencies: { semver: '^7.0.0' }, optionalDependencies: { '@img/linux-x64': '1.2.3', '@img/linux-arm64': '1.2.3', '@img/musl-x64': '1.2.3', '@img/absent': '1.0.0' } },
    'node_modules/semver/package.json': { name: 'semver', version: '7.1.1' },
    'node_modules/@img/linux-x64/package.json': { name: '@img/linux-x64', version: '1.2.3', os: ['linux'], cpu: ['x64'], libc: ['glibc'], optionalDependencies: { '@img/libvips': '9.0.0' } },
    'node_modules/@img/libvips/package.json': { name: '@img/libvips', version: '9.0.0', os: ['linux'], cpu: ['x64'] },
    'node_modules/@img/linux-arm64/package.json': { name: '@img/linux-arm64', version: '1.2.3', os: ['linux'], cpu: ['arm64'] },
    'node_modules/@img/musl-x64/package.json': { name: '@img/musl-x64', version: '1.2.3', os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  });
  const externals = [{ name: 'sharp', version: '1.2.3', reason: '', folder: '/node_modules/sharp' }];
  assert.deepEqual(packageJson(root, 'x64', { name: 'shop', version: '2.0.0', externals }), {
    name: 'shop',
    version: '2.0.0',
    private: true,
    dependencies: { sharp: '1.2.3' },
    optionalDependencies: { '@img/libvips': '9.0.0', '@img/linux-x64': '1.2.3' },
    overrides: { semver: '7.1.1' },
  });
});
