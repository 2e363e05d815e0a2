import { closeSync, openSync, readSync, statSync, readFileSync } from 'node:fs';
import { readElf } from './elf.js';

/**
 * Traced programs for `arch` (ffmpeg, esbuild): a package starts them from a file, which memory cannot be.
 * Told by the ELF header and the executable bit, not by name.
 *
 * @param {import('../trace/tree.js').Tree} tree @param {'x64'|'arm64'} arch
 * @returns {string[]} paths below the root
 */
export function programs(tree, arch) {
  return [...tree.files].filter(([path, file]) => path.includes('/node_modules/') && !/\.(node|[cm]?js|json)$|\.so(\.[\d.]+)?$/.test(path) && isProgram(file, arch)).map(([path]) => path);
}

/** @param {string} file @param {string} arch */
function isProgram(file, arch) {
  if ((statSync(file).mode & 0o111) === 0) return false;
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.readUInt32BE(0) === 0x7f454c46 && readElf(readFileSync(file))?.machine === arch;
}
