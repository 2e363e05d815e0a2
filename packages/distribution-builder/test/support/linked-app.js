import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDistribution } from '../../src/build-distribution.js';
import { WORK } from '../matrix/prepare.js';
import { missing } from './missing.js';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const VERSION = process.env.NEXTCORE_TEST_NEXT;

/** The example's; or, of the Next that NEXTCORE_TEST_NEXT names, what `npm run test:matrix` has installed. */
const PACKAGES = VERSION ? join(WORK, 'apps', `versions-${VERSION}`, 'node_modules') : fileURLToPath(new URL('../../../../examples/storefront/node_modules', import.meta.url));

/** @returns {string|false} why no fixture can be built with the example's packages */
export const noPackages = () => missing(!existsSync(join(PACKAGES, 'next/package.json')) && `${PACKAGES} lacks Next: run npm ci there`);

export const BEFORE_16 = VERSION?.startsWith('15.') ? 'Next 15 has neither stable `use cache` nor revalidateTag with a profile' : false;

/** @param {string} app */
function before16(app) {
  const file = join(app, 'app/api/touch/route.js');
  if (BEFORE_16) writeFileSync(file, readFileSync(file, 'utf8').replace(/(revalidateTag\(searchParams.get\('tag'\)).*\)$/m, '$1)'));
}

/**
 * A fixture's distribution, built with Next and React of the example (hard links: no download, no disk).
 * @param {string} fixture @param {string} folder empty @returns {Promise<string>} dist
 */
export async function buildFixture(fixture, folder) {
  const [app, dist] = [join(folder, 'app'), join(folder, 'dist')];
  cpSync(join(FIXTURES, fixture), app, { recursive: true });
  before16(app);
  if (spawnSync('cp', ['-al', PACKAGES, app]).status !== 0) cpSync(PACKAGES, join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  process.env.NEXTCORE_CACHE = join(folder, 'cache');
  await buildDistribution({ command: 'build', appDir: app, out: dist, arch: process.arch === 'arm64' ? 'arm64' : 'x64', natives: 'embed', externals: [], install: false, pwa: false, publicAtRuntime: false, json: true }, () => {});
  return dist;
}
