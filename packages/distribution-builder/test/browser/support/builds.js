import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STOREFRONT = fileURLToPath(new URL('../../../../../examples/storefront', import.meta.url));
const BUILDER = fileURLToPath(new URL('../../../bin/distribution-builder.js', import.meta.url));
const NOT_SOURCE = new Set(['node_modules', '.next', 'next-env.d.ts']);

/** Below the cache, so that the builder knows an unchanged one: a second run of the tests builds nothing. */
const HOME = join(process.env.NEXTCORE_CACHE ?? join(homedir(), '.cache/nextcore'), 'browser-test');

/**
 * The storefront with some files changed, built.
 *
 * @param {string} name one folder a variant
 * @param {{files?: Record<string, string>, edit?: Record<string, (text: string) => string>, options?: string[], env?: Record<string, string>}} [change]
 * @returns {string} its dist
 */
export function buildStorefront(name, { files = {}, edit = {}, options = [], env = {} } = {}) {
  const app = join(HOME, name, 'storefront');
  copySource(app);
  copyPackages(app);
  for (const [file, change] of Object.entries(edit)) {
    const before = readFileSync(join(app, file), 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`${file} of variant ${name} is not changed by its edit`);
    writeFileSync(join(app, file), after);
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(app, file, '..'), { recursive: true });
    writeFileSync(join(app, file), text);
  }
  const dist = join(HOME, name, 'dist');
  execFileSync(process.execPath, [BUILDER, app, '--out', dist, ...options], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  return dist;
}

/** @param {string} app */
function copySource(app) {
  mkdirSync(app, { recursive: true });
  for (const name of readdirSync(app)) if (!NOT_SOURCE.has(name)) rmSync(join(app, name), { recursive: true });
  for (const name of readdirSync(STOREFRONT)) if (!NOT_SOURCE.has(name)) cpSync(join(STOREFRONT, name), join(app, name), { recursive: true });
}

/** Hard links: 300 MB that nobody writes to. @param {string} app */
function copyPackages(app) {
  const stamp = join(app, 'node_modules/.package-lock.json');
  const wanted = join(STOREFRONT, 'node_modules/.package-lock.json');
  if (!existsSync(wanted)) throw new Error(`${basename(STOREFRONT)} has no node_modules: run npm ci in examples/storefront`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(wanted, 'utf8')) return;
  rmSync(join(app, 'node_modules'), { recursive: true, force: true });
  const from = join(STOREFRONT, 'node_modules');
  try {
    execFileSync('cp', ['-al', from, join(app, 'node_modules')], { stdio: 'ignore' });
  } catch {
    rmSync(join(app, 'node_modules'), { recursive: true, force: true }); // another file system: real copies
    execFileSync('cp', ['-a', from, join(app, 'node_modules')]);
  }
}
