import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BuilderError } from '../errors.js';

/**
 * dist/package.json: the packages that stay outside of the executable, at the exact versions the app was built with,
 * and the platform packages they load their binary from (`@img/sharp-linux-x64` beside `sharp`).
 *
 * @param {{nextDir: string, appDir: string}} app
 * @param {{out: string, install: boolean, arch: 'x64'|'arm64'}} options
 * @param {{app: {name: string}, build: {externals: {name: string, version: string}[]}}} payload
 * @returns {string[]} files written
 */
export function writeExternalPackages(app, options, payload) {
  const file = join(options.out, 'package.json');
  const modules = join(options.out, 'node_modules');
  rmSync(file, { force: true });
  rmSync(modules, { recursive: true, force: true });
  const { externals } = payload.build;
  if (externals.length === 0) return [];
  const platform = Object.assign({}, ...externals.map((one) => platformPackages(app.appDir, one.name, options.arch)));
  const manifest = {
    name: payload.app.name,
    private: true,
    dependencies: Object.fromEntries(externals.map(({ name, version }) => [name, version])),
    ...(Object.keys(platform).length ? { optionalDependencies: platform } : {}),
  };
  writeFileSync(file, JSON.stringify(manifest, null, 2) + '\n');
  if (!options.install) return [file];
  install(options.out, options.arch);
  return [file, modules];
}

/**
 * @param {string} appDir @param {string} name @param {string} arch
 * @returns {Record<string, string>}
 */
function platformPackages(appDir, name, arch) {
  const dir = packageFolder(join(appDir, 'package.json'), name);
  if (!dir) return {};
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  /** @type {Record<string, string>} */
  const found = {};
  for (const optional of Object.keys(optionalDependencies).sort()) {
    const installed = packageFolder(join(dir, 'package.json'), optional);
    if (!installed) continue;
    const { version, os, cpu, libc } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    if (os?.includes('linux') !== false && cpu?.includes(arch) !== false && libc?.includes('glibc') !== false) found[optional] = version;
  }
  return found;
}

/** By folder, not by resolving: a package's exports may hide its package.json. @param {string} from @param {string} name */
function packageFolder(from, name) {
  const folders = createRequire(existsSync(from) ? realpathSync(from) : from).resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, 'package.json')));
  return found && dirname(realpathSync(join(found, 'package.json')));
}

/** @param {string} dist @param {string} arch */
function install(dist, arch) {
  const args = ['install', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock', '--os=linux', `--cpu=${arch}`];
  try {
    execFileSync('npm', args, { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    throw new BuilderError({ what: 'the external packages could not be installed', where: `${dist}/package.json`, next: `see npm's own words above, or leave --install out and install later`, cause });
  }
}
