import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuilderError } from '../errors.js';
import { envExample, readme, runScript, serviceUnit, setupScript } from './templates.js';
import { filesIn, writeTarball } from './tarball.js';
import { vendorPackages } from './vendor.js';

/**
 * Packs dist/ for a machine without containers: `<name>-v<version>-linux-<arch>.tar.gz`.
 * The same dist gives the same bytes.
 *
 * @param {import('../cli/args.js').ReleaseOptions} options
 * @param {(stage: string, detail?: string) => void} onProgress
 */
export async function makeRelease(options, onProgress) {
  const payload = readPayload(options.dist);
  const { name, version } = options;
  const folder = `${name}-v${version}-linux-${payload.build.arch}`;
  const packages = join(options.dist, 'package.json');
  const externals = existsSync(packages);
  if ((options.vendor || options.firstRunInstall) && !externals) {
    throw new BuilderError({ what: 'there are no external packages to install', where: options.dist, next: 'leave --vendor and --first-run-install out: everything is inside the executable' });
  }
  if (options.vendor && options.firstRunInstall) {
    throw new BuilderError({ what: '--vendor and --first-run-install exclude each other', where: 'command line', next: '--vendor for machines without network, --first-run-install for a quick build' });
  }
  const facts = { name, version, arch: payload.build.arch, externals, env: payload.env, firstRunInstall: options.firstRunInstall, vendor: options.vendor };
  const manifest = externals ? JSON.parse(readFileSync(packages, 'utf8')) : { private: true };

  const scratch = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    /** @type {import('./tarball.js').Entry[]} */
    const entries = [
      { name: 'server', file: join(options.dist, 'server'), mode: 0o755 },
      { name: 'run.sh', text: runScript(facts), mode: 0o755 },
      { name: 'setup.sh', text: setupScript(facts), mode: 0o755 },
      { name: 'package.json', text: JSON.stringify({ ...manifest, name, version }, null, 2) + '\n', mode: 0o644 },
      { name: '.env.example', text: envExample(facts), mode: 0o644 },
      { name: `${name}.service`, text: serviceUnit(facts), mode: 0o644 },
      { name: 'README.md', text: readme(facts), mode: 0o644 },
      ...filesIn(join(options.dist, 'assets'), 'assets'),
    ];
    if (options.vendor) {
      onProgress('vendor', Object.keys(manifest.dependencies ?? {}).join(', '));
      vendorPackages(manifest, scratch, payload.build.arch);
      entries.push(...filesIn(join(scratch, 'vendor'), 'vendor'));
    }
    mkdirSync(options.out, { recursive: true });
    const path = join(options.out, `${folder}.tar.gz`);
    onProgress('pack', path);
    return { release: path, ...(await writeTarball(path, folder, entries)) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} dist */
function readPayload(dist) {
  const file = join(dist, 'payload.json');
  if (!existsSync(file)) {
    throw new BuilderError({ what: 'not a dist folder: there is no payload.json', where: dist, next: 'make one: distribution-builder <app-dir> --out <dist>' });
  }
  const payload = JSON.parse(readFileSync(file, 'utf8'));
  if (payload.app.output === 'export' || !existsSync(join(dist, 'server'))) {
    throw new BuilderError({ what: 'there is no server to release', where: dist, next: 'an app with output "export" is only files: upload dist/assets' });
  }
  return payload;
}
