import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuilderError } from '../errors.js';
import { fitsPlatform } from '../natives/packages.js';

/**
 * Puts the tarball of every package, as the registry has it, into scratch/vendor, and an index
 * `<folder below node_modules>\t<tarball>`. The target needs tar, no npm and no network.
 * Install scripts are not run there: a package that downloads its binary in one cannot be vendored.
 *
 * @param {Record<string, any>} manifest @param {string} scratch @param {string} arch
 */
export function vendorPackages(manifest, scratch, arch) {
  const vendor = join(scratch, 'vendor');
  mkdirSync(vendor, { recursive: true });
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(manifest));
  npm(scratch, ['install', '--package-lock-only', '--omit=dev', '--no-audit', '--no-fund', '--os=linux', '--libc=glibc', `--cpu=${arch}`]);
  const { packages } = JSON.parse(readFileSync(join(scratch, 'package-lock.json'), 'utf8'));
  const index = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (!path || entry.inBundle || !fitsPlatform(entry, arch)) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const [packed] = JSON.parse(npm(scratch, ['pack', `${name}@${entry.version}`, '--json', '--ignore-scripts']));
    copyFileSync(join(scratch, packed.filename), join(vendor, packed.filename));
    index.push(`${path}\t${packed.filename}`);
  }
  writeFileSync(join(vendor, 'index.tsv'), index.sort().join('\n') + '\n');
}

/** @param {string} cwd @param {string[]} args */
function npm(cwd, args) {
  try {
    return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (cause) {
    throw new BuilderError({ what: 'the external packages could not be fetched', where: `npm ${args.join(' ')}`, next: "see npm's own words above", cause });
  }
}
