import { execFileSync } from 'node:child_process';

const ATTEMPTS = 3;
const MILLISECONDS = 300_000; // the largest case takes 60 s

/**
 * Runs a package manager's command, and anew if it does not end: a registry that stops in the middle of a package is waited
 * for without end.
 *
 * @param {string} command @param {string[]} args @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
export function download(command, args, options) {
  for (let attempt = 1; ; attempt++) {
    try {
      execFileSync(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'], timeout: MILLISECONDS, killSignal: 'SIGKILL' });
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ETIMEDOUT' || attempt === ATTEMPTS) throw error;
      console.error(`${command} ${args[0]} in ${options.cwd} did not end within ${MILLISECONDS / 1000} s, attempt ${attempt} of ${ATTEMPTS}`);
    }
  }
}
