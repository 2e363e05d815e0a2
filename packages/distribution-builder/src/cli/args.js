import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { BuilderError } from '../errors.js';

export const USAGE = `usage:
  distribution-builder <app-dir> --out <dist> [--arch x64|arm64] [--natives embed|external]
                       [--external PKG]... [--install] [--pwa]
                       [--public-at-runtime] [--json]
  distribution-builder release <dist> --name N --version V [--out DIR]
                       [--first-run-install | --vendor] [--json]`;

/**
 * @typedef {object} BuildOptions
 * @property {'build'} command
 * @property {string} appDir
 * @property {string} out
 * @property {'x64'|'arm64'} arch
 * @property {'embed'|'external'} natives
 * @property {string[]} externals
 * @property {boolean} install
 * @property {boolean} pwa
 * @property {boolean} publicAtRuntime
 * @property {boolean} json
 */

/**
 * @typedef {object} ReleaseOptions
 * @property {'release'} command
 * @property {string} dist
 * @property {string} name
 * @property {string} version
 * @property {string} out folder that gets the tarball
 * @property {boolean} firstRunInstall
 * @property {boolean} vendor
 * @property {boolean} json
 */

/**
 * @param {string[]} argv
 * @returns {BuildOptions|ReleaseOptions|{command: 'help'}}
 */
export function readArguments(argv) {
  if (argv.length === 0 || argv.includes('--help') || argv.includes('-h')) return { command: 'help' };
  return argv[0] === 'release' ? readRelease(argv.slice(1)) : readBuild(argv);
}

/** @param {string[]} argv @returns {BuildOptions} */
function readBuild(argv) {
  const { values, positionals } = parse(argv, {
    out: { type: 'string' },
    arch: { type: 'string', default: process.arch === 'arm64' ? 'arm64' : 'x64' },
    natives: { type: 'string', default: 'embed' },
    external: { type: 'string', multiple: true, default: [] },
    install: { type: 'boolean', default: false },
    pwa: { type: 'boolean', default: false },
    'public-at-runtime': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const appDir = onlyPositional(positionals, 'the app folder');
  return {
    command: 'build',
    appDir: resolve(appDir),
    out: resolve(required(values.out, '--out')),
    arch: oneOf(values.arch, ['x64', 'arm64'], '--arch'),
    natives: oneOf(values.natives, ['embed', 'external'], '--natives'),
    externals: [...new Set(values.external)].sort(),
    install: values.install,
    pwa: values.pwa,
    publicAtRuntime: values['public-at-runtime'],
    json: values.json,
  };
}

/** @param {string[]} argv @returns {ReleaseOptions} */
function readRelease(argv) {
  const { values, positionals } = parse(argv, {
    name: { type: 'string' },
    version: { type: 'string' },
    out: { type: 'string', default: '.' },
    'first-run-install': { type: 'boolean', default: false },
    vendor: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  return {
    command: 'release',
    dist: resolve(onlyPositional(positionals, 'the dist folder')),
    // Both become part of file names, a systemd unit and shell scripts.
    name: matching(required(values.name, '--name'), /^[a-z0-9][a-z0-9._-]{0,62}$/, '--name'),
    version: matching(required(values.version, '--version').replace(/^v/, ''), /^[0-9A-Za-z][0-9A-Za-z.+-]*$/, '--version'),
    out: resolve(values.out),
    firstRunInstall: values['first-run-install'],
    vendor: values.vendor,
    json: values.json,
  };
}

/**
 * @param {string[]} args
 * @param {Record<string, {type: 'string'|'boolean', multiple?: boolean, default?: any}>} options
 * @returns {{values: any, positionals: string[]}}
 */
function parse(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    throw usageError(/** @type {Error} */ (cause).message.split('\n')[0]);
  }
}

/** @param {string[]} positionals @param {string} what */
function onlyPositional(positionals, what) {
  if (positionals.length !== 1) throw usageError(`expected one argument, ${what}, got ${positionals.length}`);
  return positionals[0];
}

/** @param {string|undefined} value @param {string} flag */
function required(value, flag) {
  if (!value) throw usageError(`${flag} is missing`);
  return value;
}

/** @template {string} T @param {string} value @param {T[]} allowed @param {string} flag @returns {T} */
function oneOf(value, allowed, flag) {
  const found = allowed.find((one) => one === value);
  if (!found) throw usageError(`${flag} is "${value}", must be ${allowed.join(' or ')}`);
  return found;
}

/** @param {string} value @param {RegExp} pattern @param {string} flag */
function matching(value, pattern, flag) {
  if (!pattern.test(value)) throw usageError(`${flag} is "${value}", must match ${pattern.source}`);
  return value;
}

/** @param {string} what */
function usageError(what) {
  return new BuilderError({ what, where: 'command line', next: 'distribution-builder --help shows the options' });
}
