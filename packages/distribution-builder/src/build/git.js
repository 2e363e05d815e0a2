import { execFileSync } from 'node:child_process';

/**
 * @param {string} dir
 * @returns {string|null} commit of HEAD; null outside of git or before the first commit
 */
export function gitCommit(dir) {
  return git(dir, ['rev-parse', '--verify', 'HEAD'])?.trim() ?? null;
}

/**
 * Files that belong to the source: tracked, or new and not ignored.
 * @param {string} dir
 * @returns {Set<string>|null} paths relative to dir; null outside of git
 */
export function gitFiles(dir) {
  const list = git(dir, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  return list === null ? null : new Set(list.split('\0').filter(Boolean));
}

/** @param {string} dir @param {string[]} args */
function git(dir, args) {
  try {
    return execFileSync('git', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch {
    return null;
  }
}
