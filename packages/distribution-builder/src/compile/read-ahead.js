import { closeSync, openSync, readFileSync } from 'node:fs';
import { BuilderError } from '../errors.js';
import { PAGE, buildId, prependCode, readProgram } from './elf-entry.js';

/**
 * Pages of Bun that servers touch up to their first answer, and those between: 30 MB of 107 in 440 ranges, strewn over it.
 * Recorded by bench/record_hot_pages.py, of eight apps, from the Bun that has this build id.
 *
 * @type {{bun: string, buildId: string, pages: [first: number, count: number][]}} pages: address / 4096
 */
export const HOT = JSON.parse(readFileSync(new URL('./hot-pages.x64.json', import.meta.url), 'utf8'));

/** Pages of one request, 128 kB: of a longer one the kernel reads no more than its read-ahead or the disk's largest request. Bun asks so for the app. */
const AT_ONCE = 32;

/** Addresses of the table have 32 bits and the jump reaches 2 GB: an app that embeds more starts without. */
const FARTHEST = 2 ** 31 - 2 * PAGE;

/**
 * Lets an executable ask for its hot pages as the first thing it does, all at once.
 *
 * Without it a cold start waits for each page it meets, one after the other; and with each the system reads what is
 * around: 128 kB by default, 8 MB on some cloud images, where most of the file comes in for a tenth of it.
 *
 * Only the build of Bun that was recorded is changed. Others (arm64, musl, for processors without AVX2) stay as they
 * are: they start cold as they did.
 *
 * @param {string} executable from `bun build --compile`
 * @returns {boolean} whether it is one that is known
 */
export function addReadAhead(executable) {
  const file = openSync(executable, 'r+');
  try {
    const elf = readProgram(file);
    if (!elf || buildId(file, elf) !== HOT.buildId) return false;
    if (elf.segments.some(({ address, memorySize }) => address + memorySize > FARTHEST)) return false;
    const pages = [...HOT.pages, ...edges(elf)].flatMap(inPieces);
    const refusal = prependCode(file, elf, (at) => askAndGoOn(at, pages, elf.entry));
    if (refusal) throw new BuilderError({ what: `read-ahead cannot be added: ${refusal}`, where: executable, next: 'please report it with the app' });
    return true;
  } finally {
    closeSync(file);
  }
}

/**
 * Bun looks at the first and the last page of the app, its last section, and then reads ahead by itself what it needs of it.
 *
 * @param {import('./elf-entry.js').Elf} elf
 * @returns {[number, number][]}
 */
function edges({ sections }) {
  const app = /** @type {import('../elf/headers.js').Section} */ (sections.at(-1));
  const first = Math.floor(app.address / PAGE);
  const last = Math.floor((app.address + app.size - 1) / PAGE);
  return [[first, 1], [Math.max(first, last - 1), 2]];
}

/** @param {[number, number]} range @returns {[number, number][]} */
const inPieces = ([first, count]) => (count <= AT_ONCE ? [[first, count]] : [[first, AT_ONCE], ...inPieces([first + AT_ONCE, count - AT_ONCE])]);

/**
 * madvise(address, length, MADV_WILLNEED) for each range, then on to `entry`. It starts the reads and waits for none; it
 * maps nothing, so memory is as before. Errors are of no interest: the pages then come when they are touched.
 *
 * At a program's start (x64 psABI, "Process Initialization") rdx holds a function for atexit and rsp the arguments; all
 * others are free. A row of the table is an address, which ends in 12 zero bits, and in these the number of pages; 0 ends it.
 *
 * @param {number} at address of this code @param {[number, number][]} pages @param {number} entry
 */
export function askAndGoOn(at, pages, entry) {
  const code = Buffer.from([
    ...[0x49, 0x89, 0xd4], //                         00  mov  r12, rdx
    ...[0x48, 0x8d, 0x1d, 0x32, 0x00, 0x00, 0x00], // 03  lea  rbx, [rip + 0x32]  ; 3c, the table
    ...[0x8b, 0x33], //                               0a  mov  esi, [rbx]
    ...[0x89, 0xf7], //                               0c  mov  edi, esi
    ...[0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff], //       0e  and  edi, 0xfffff000    ; address
    ...[0x81, 0xe6, 0xff, 0x0f, 0x00, 0x00], //       14  and  esi, 0xfff         ; pages
    ...[0x74, 0x15], //                               1a  jz   31
    ...[0xc1, 0xe6, 0x0c], //                         1c  shl  esi, 12            ; length
    ...[0xba, 0x03, 0x00, 0x00, 0x00], //             1f  mov  edx, 3             ; MADV_WILLNEED
    ...[0xb8, 0x1c, 0x00, 0x00, 0x00], //             24  mov  eax, 28            ; madvise
    ...[0x0f, 0x05], //                               29  syscall                 ; overwrites rax, rcx, r11
    ...[0x48, 0x83, 0xc3, 0x04], //                   2b  add  rbx, 4
    ...[0xeb, 0xd9], //                               2f  jmp  0a
    ...[0x4c, 0x89, 0xe2], //                         31  mov  rdx, r12
    ...[0xe9, 0x00, 0x00, 0x00, 0x00], //             34  jmp  entry
    ...[0xcc, 0xcc, 0xcc], //                         39  (fill)
  ]);
  code.writeInt32LE(entry - (at + 0x39), 0x35); // from the end of the jump
  const table = Buffer.alloc((pages.length + 1) * 4);
  for (const [index, [first, count]] of pages.entries()) table.writeUInt32LE(first * PAGE + count, index * 4);
  return Buffer.concat([code, table]);
}
