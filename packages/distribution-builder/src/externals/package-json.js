import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyClosure } from './closure.js';
import { installPackages } from './install.js';

/**
 * dist/package.json: the packages that stay outside of the executable, at the exact versions the app was built with,
 * with the platform packages they load their binary from (`@img/sharp-linux-x64` beside `sharp`). What these depend on
 * in turn is pinned by `overrides`, which npm and bun know.
 *
 * @param {string} root absolute folder that the packages' own are below
 * @param {{out: string, install: boolean, arch: 'x64'|'arm64'}} options
 * @param {{name: string, version?: string, externals: import('./choose.js').External[]}} app
 * @returns {string[]} files written
 */
export function writeExternalPackages(root, options, { name, version = '0.0.0', externals }) {
  const file = join(options.out, 'package.json');
  const modules = join(options.out, 'node_modules');
  rmSync(file, { force: true });
  rmSync(modules, { recursive: true, force: true });
  if (externals.length === 0) return [];
  writeFileSync(file, JSON.stringify(packageJson(root, options.arch, { name, version, externals }), null, 2) + '\n');
  if (!options.install) return [file];
  installPackages(options.out, options.arch);
  return [file, modules];
}

/**
 * @param {string} root @param {'x64'|'arm64'} arch
 * @param {{name: string, version: string, externals: import('./choose.js').External[]}} app
 */
export function packageJson(root, arch, { name, version, externals }) {
  const dependencies = Object.fromEntries(externals.map((one) => [one.name, one.version]));
  const closures = externals.map((one) => dependencyClosure(join(root, one.folder), arch));
  const platform = versions(closures.flatMap((one) => one.platform), dependencies);
  const others = versions(closures.flatMap((one) => one.others), { ...dependencies, ...platform });
  return {
    name,
    version,
    private: true,
    dependencies,
    ...(Object.keys(platform).length ? { optionalDependencies: platform } : {}),
    ...(Object.keys(others).length ? { overrides: others } : {}),
  };
}

/**
 * Names with one version; a package of which two versions are needed cannot be pinned by its name.
 * @param {import('./closure.js').Installed[]} installed @param {Record<string, string>} known
 * @returns {Record<string, string>}
 */
function versions(installed, known) {
  /** @type {Map<string, Set<string>>} */
  const all = new Map();
  for (const { name, version } of installed) all.set(name, (all.get(name) ?? new Set()).add(version));
  return Object.fromEntries([...all].filter(([name, found]) => !(name in known) && found.size === 1).map(([name, found]) => [name, [...found][0]]).sort());
}
