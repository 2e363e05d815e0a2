import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../../src/build-distribution.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../../examples/storefront/node_modules', import.meta.url));

/** @returns {string|false} why no fixture can be built with the example's packages */
export const noPackages = () => !existsSync(join(PACKAGES, 'next/package.json')) && 'examples/storefront has no node_modules: run npm ci there';

/**
 * A fixture's distribution, built with Next and React of the example (hard links: no download, no disk).
 * @param {string} fixture @param {string} folder empty @returns {Promise<string>} dist
 */
export async function buildFixture(fixture, folder) {
  const [app, dist] = [join(folder, 'app'), join(folder, 'dist')];
  cpSync(join(FIXTURES, fixture), app, { recursive: true });
  if (spawnSync('cp', ['-al', PACKAGES, app]).status !== 0) cpSync(PACKAGES, join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  process.env.NEXTCORE_CACHE = join(folder, 'cache');
  await buildDistribution({ command: 'build', appDir: app, out: dist, arch: process.arch === 'arm64' ? 'arm64' : 'x64', natives: 'embed', externals: [], install: false, json: true }, () => {});
  return dist;
}
