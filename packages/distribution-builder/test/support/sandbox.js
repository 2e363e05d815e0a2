import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, start } from '../compare/servers.js';
import { missing } from './missing.js';

/** Libraries of distroless' cc image (glibc, libgcc, libstdc++). What an executable needs beyond them is missing there as well. */
const BASE = ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'librt.so.1', 'libresolv.so.2', 'libgcc_s.so.1', 'libstdc++.so.6'];
const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const LOADER = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';

/** @returns {string|false} why `startSandboxed` cannot run here */
export const noSandbox = () => missing(obstacle());

/** @returns {string|false} */
function obstacle() {
  if (process.getuid?.() !== 0) return 'needs root: chroot, mount';
  for (const tool of ['unshare', 'mount', 'chroot']) if (spawnSync(tool, ['--version']).error) return `needs ${tool}`;
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return 'unshare --mount is not allowed here';
  return false;
}

/**
 * The executable with nothing around it: a read-only root that holds the base's libraries, /proc and /dev, as uid
 * 65532, no /tmp, no shell.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} dist
 * @param {{env?: NodeJS.ProcessEnv, writable?: string[], modules?: string, folders?: Record<string, string>}} [more] writable: folders that may be
 *   written; modules: copied beside the executable; folders: path inside -> what is copied there
 */
export async function startSandboxed(test, dist, { env = {}, writable = [], modules, folders = {} } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'sandbox-'));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['proc', 'dev', 'app', ...writable]) mkdirSync(join(root, folder), { recursive: true });
  for (const folder of writable) chmodSync(join(root, folder), 0o777);
  for (const library of BASE) {
    const from = [`/lib/${TRIPLET}`, `/usr/lib/${TRIPLET}`].map((dir) => join(dir, library)).find((file) => existsSync(file));
    if (from) copy(from, join(root, 'lib', TRIPLET, library));
  }
  copy(LOADER, join(root, LOADER));
  copy(join(dist, 'server'), join(root, 'app/server'));
  if (modules) cpSync(modules, join(root, 'app/node_modules'), { recursive: true });
  for (const [path, from] of Object.entries(folders)) cpSync(from, join(root, path), { recursive: true });
  chmodSync(root, 0o755);
  const port = await freePort();
  const script = [
    'set -e',
    'mount --make-rprivate /',
    `mount --bind "${root}" "${root}"`,
    ...writable.map((folder) => `mount --bind "${root}/${folder}" "${root}/${folder}"`),
    `mount -t proc proc "${root}/proc"`,
    `mount --rbind /dev "${root}/dev"`,
    `mount -o remount,bind,ro "${root}"`,
    `exec chroot --userspec=65532:65532 "${root}" /app/server`,
  ].join('\n');
  const settings = { PORT: String(port), HOSTNAME: '0.0.0.0', HOME: undefined, TMPDIR: undefined, ...env };
  return { ...(await start('unshare', ['--mount', 'sh', '-c', script], '/', settings, port)), root };
}

/** @param {string} from @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
