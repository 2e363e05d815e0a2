import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { BuilderError } from '../errors.js';
import { DEFINED } from '../link/dead-branches.js';
import { addReadAhead } from './read-ahead.js';
import { startupOrder } from './startup-order.js';

/** Bun below 1.4 resets keep-alive sockets and cannot serve Next 16; its bytecode is bound to its exact version. */
export const BUN_VERSION = '1.4.5';

/**
 * One script and a folder of data -> one executable with bytecode.
 *
 * No --minify-identifiers: names are data (see name-guard.js). --compile-jit-policy=4 lets code run in the interpreter
 * longer, 10 ms less to the first answer; the runtime sets the policy back after it. No autoload of .env and
 * bunfig.toml: an executable must not take settings from the folder it is started in.
 *
 * External packages find each other by their package.json, which an executable reads only with a flag.
 *
 * @param {{work: string, script: string, data: string, out: string, arch: 'x64'|'arm64', externals?: boolean}} options work: folder of script and data
 */
export async function compile({ work, script, data, out, arch, externals = false }) {
  const bun = bunExecutable();
  const args = ['build', '--compile', '--bytecode', '--minify-syntax', '--minify-whitespace', '--compile-jit-policy=4'];
  args.push('--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig');
  for (const [name, value] of Object.entries(DEFINED)) args.push('--define', `process.env.${name}=${JSON.stringify(value)}`);
  const order = startupOrder();
  if (order) {
    writeFileSync(join(work, 'startup.order'), order);
    args.push('--bytecode-order=startup.order');
  }
  if (externals) args.push('--compile-autoload-package-json');
  if (arch !== process.arch) args.push(`--target=bun-linux-${arch}`, `--compile-executable-path=${foreignBun(arch)}`);
  args.push(script, '--outfile', out, '--asset', data);
  try {
    await promisify(execFile)(bun, args, { cwd: work, maxBuffer: 64 << 20 });
  } catch (error) {
    const { stderr = '', message } = /** @type {{stderr?: string, message: string}} */ (error);
    const full = /ENOSPC|No space left/i.test(stderr) ? 'free some disk space' : 'look at what bun says, then report it with the app';
    throw new BuilderError({ what: `bun build failed: ${(stderr || message).trim().split('\n').slice(-3).join(' ')}`, where: join(work, script), next: full });
  }
  addReadAhead(resolve(work, out), order !== null);
}

const IN_TWO_BYTES = Buffer.from('__nextcore.functions=', 'utf16le');

/** Whether the script is kept in two bytes a character (see link/legal-comments.js). It works, with twice the memory. @param {Buffer} executable */
export const isTwoByte = (executable) => executable.includes(IN_TWO_BYTES);

/** The Bun of this package, of exactly the version it was written for. */
export function bunExecutable() {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve('bun/package.json');
    const { version } = require(manifest);
    if (version !== BUN_VERSION) throw new BuilderError({ what: `bun ${version} is installed and ${BUN_VERSION} is needed`, where: manifest, next: 'run npm ci in packages/distribution-builder' });
    return join(dirname(manifest), 'bin', 'bun.exe');
  } catch (error) {
    if (error instanceof BuilderError) throw error;
    throw new BuilderError({ what: 'bun is missing', where: 'packages/distribution-builder/node_modules/bun', next: 'run npm ci in packages/distribution-builder', cause: error });
  }
}

/** @param {'x64'|'arm64'} arch */
function foreignBun(arch) {
  const name = `@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : 'x64'}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'bun');
  } catch (error) {
    throw new BuilderError({ what: `Bun for ${arch} is missing`, where: basename(name), next: `npm install --force --no-save ${name}@${BUN_VERSION} in packages/distribution-builder`, cause: error });
  }
}
