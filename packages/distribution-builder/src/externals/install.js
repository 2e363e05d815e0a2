import { execFileSync } from 'node:child_process';
import { BuilderError } from '../errors.js';

/** @param {string} dist folder with package.json @param {'x64'|'arm64'} arch */
export function installPackages(dist, arch) {
  const args = ['install', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock', '--os=linux', '--libc=glibc', `--cpu=${arch}`];
  try {
    execFileSync('npm', args, { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    throw new BuilderError({ what: 'the external packages could not be installed', where: `${dist}/package.json`, next: `see npm's own words above, or leave --install out and install later`, cause });
  }
}
