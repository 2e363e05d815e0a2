import { BuilderError } from '../errors.js';
import { USAGE, readArguments } from './args.js';

/**
 * @param {string[]} argv
 * @returns {Promise<number>} exit code
 */
export async function main(argv) {
  try {
    const options = readArguments(argv);
    if (options.command === 'help') {
      process.stdout.write(USAGE + '\n');
      return 0;
    }
    // Each command loads its own modules: a cached second run has 0.3 s, and the linker alone takes longer to load.
    const result =
      options.command === 'build'
        ? await (await import('../build-distribution.js')).buildDistribution(options, progress)
        : await (await import('../release/release.js')).makeRelease(options, progress);
    if (options.json) process.stdout.write(JSON.stringify(result) + '\n');
    return 0;
  } catch (error) {
    process.stderr.write(explain(error) + '\n');
    return 1;
  }
}

/** @param {string} stage @param {string} [detail] */
function progress(stage, detail) {
  process.stderr.write(detail ? `${stage}: ${detail}\n` : `${stage}\n`);
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof BuilderError) return error.format();
  const system = /** @type {NodeJS.ErrnoException} */ (error);
  if (system?.code === 'ENOSPC') {
    const where = /** @type {any} */ (system).dest ?? system.path; // of a copy the target's disk is full, not the source's
    return new BuilderError({ what: 'the disk is full', where, next: 'free some space and run again' }).format();
  }
  if (system?.code === 'EACCES' || system?.code === 'EROFS') {
    return new BuilderError({ what: `cannot write (${system.code})`, where: system.path, next: 'choose a folder that may be written' }).format();
  }
  // Anything else is a mistake of this program: the stack is what its maintainers need.
  return `error: unexpected failure of distribution-builder\n${system?.stack ?? String(error)}`;
}
