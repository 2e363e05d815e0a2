import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fitsPlatform } from '../natives/packages.js';

/**
 * @typedef {{name: string, version: string, dir: string}} Installed
 */

/**
 * Everything a package depends on, as it is installed: platform packages for `arch` (optional ones that name an os or
 * a cpu) apart from the others.
 *
 * @param {string} folder absolute
 * @param {string} arch
 * @returns {{platform: Installed[], others: Installed[]}}
 */
export function dependencyClosure(folder, arch) {
  /** @type {Map<string, Installed & {platform: boolean}>} */
  const found = new Map();
  const queue = [realpathSync(folder)];
  for (let dir = queue.shift(); dir; dir = queue.shift()) {
    const { dependencies = {}, optionalDependencies = {} } = readManifest(dir);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).sort()) {
      const installed = installedFolder(dir, name);
      if (!installed || found.has(installed)) continue;
      const manifest = readManifest(installed);
      if (!fitsPlatform(manifest, arch)) continue;
      found.set(installed, { name, version: manifest.version, dir: installed, platform: name in optionalDependencies && Boolean(manifest.os || manifest.cpu) });
      queue.push(installed);
    }
  }
  const all = [...found.values()].map(({ platform, ...one }) => /** @type {const} */ ([platform, one]));
  return { platform: all.filter(([is]) => is).map(([, one]) => one), others: all.filter(([is]) => !is).map(([, one]) => one) };
}

/** By folder, not by resolving: a package's exports may hide its package.json. @param {string} from @param {string} name */
function installedFolder(from, name) {
  for (let dir = from; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dir === dirname(dir)) return null;
  }
}

/** @param {string} dir @returns {Record<string, any>} */
const readManifest = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
