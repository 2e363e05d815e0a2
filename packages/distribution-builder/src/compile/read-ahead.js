import { closeSync, openSync, readFileSync } from 'node:fs';
import { BuilderError } from '../errors.js';
import { readAppSection } from './app-section.js';
import { PAGE, buildId, prependCode, read, readProgram } from './elf-entry.js';

/**
 * Pages of Bun that servers touch up to their first answer, and those between: 30 MB of 107 in 440 ranges, strewn over it.
 * Recorded by bench/record_hot_pages.py, of eight apps, from the Bun that has this build id.
 *
 * @type {{bun: string, buildId: string, pages: [first: number, count: number][]}} pages: address / 4096
 */
export const HOT = JSON.parse(readFileSync(new URL('./hot-pages.x64.json', import.meta.url), 'utf8'));

/** Pages of one request, 128 kB: of a longer one the kernel reads no more than its read-ahead or the disk's largest request. Bun asks so for the app. */
const AT_ONCE = 32;

/** The most that a row of the table holds. */
const IN_A_ROW = 2047;

/** In a row of the table: these pages are hardly touched. */
const SELDOM = 0x800;

/**
 * Bytes of an app's own bytecode up to which all of it is asked for: less than the 4 MB that a system with 8 MB of
 * read-ahead brings in behind the first page. Of more a start needs only a part.
 */
const SMALL = 1_000_000;

/** Addresses of the table have 32 bits and the jump reaches 2 GB: an app that embeds more starts without. */
const FARTHEST = 2 ** 31 - 2 * PAGE;

/**
 * Lets an executable ask for its hot pages as the first thing it does, all at once.
 *
 * Without it a cold start waits for each page it meets, one after the other; and with each the system reads what is
 * around: 128 kB by default, 8 MB on some cloud images, where most of the file comes in for a tenth of it. Of what is
 * hardly touched, only the page itself is then read: two places in the example's script had brought in 13 MB.
 *
 * Only the build of Bun that was recorded is changed. Others (arm64, musl, for processors without AVX2) stay as they
 * are: they start cold as they did.
 *
 * @param {string} executable from `bun build --compile`
 * @param {boolean} ordered whether its bytecode was laid out by recorded starts
 * @returns {boolean} whether it is one that is known
 */
export function addReadAhead(executable, ordered) {
  const file = openSync(executable, 'r+');
  try {
    const elf = readProgram(file);
    if (!elf || buildId(file, elf) !== HOT.buildId) return false;
    if (elf.segments.some(({ address, memorySize }) => address + memorySize > FARTHEST)) return false;
    const section = /** @type {import('../elf/headers.js').Section} */ (elf.sections.at(-1));
    const app = readAppSection((at, length) => read(file, section.offset + at, length), section.size);
    const pages = { soon: [...HOT.pages, ...edges(section)], seldom: /** @type {[number, number][]} */ ([]) };
    if (app) {
      if (app.own.to - app.own.from <= SMALL) pages.soon.push(pagesOf(section.address, app.own));
      pages.seldom.push(wholePagesOf(section.address, app.seldom));
    }
    const refusal = ordered && !app ? 'the app does not lie in it as this Bun lays it out' : prependCode(file, elf, (at) => askAndGoOn(at, pages, elf.entry));
    if (refusal) throw new BuilderError({ what: `read-ahead cannot be added: ${refusal}`, where: executable, next: 'please report it with the app' });
    return true;
  } finally {
    closeSync(file);
  }
}

/**
 * Bun looks at the first and the last page of the app, its last section, and then reads ahead by itself what it needs of it.
 *
 * @param {import('../elf/headers.js').Section} section
 * @returns {[number, number][]}
 */
function edges({ address, size }) {
  const [first] = pagesOf(address, { from: 0, to: 1 });
  const [last] = pagesOf(address, { from: size - 1, to: size });
  return [[first, 1], [Math.max(first, last - 1), 2]];
}

/** @param {number} start @param {import('./app-section.js').Range} range @returns {[number, number]} first page and number of pages */
function pagesOf(start, { from, to }) {
  const first = Math.floor((start + from) / PAGE);
  return [first, Math.ceil((start + to) / PAGE) - first];
}

/** Without those at the ends, which hold other things too. @param {number} start @param {import('./app-section.js').Range} range @returns {[number, number]} */
function wholePagesOf(start, { from, to }) {
  const first = Math.ceil((start + from) / PAGE);
  return [first, Math.max(0, Math.floor((start + to) / PAGE) - first)];
}

/**
 * madvise(address, length, MADV_WILLNEED) for each range to come soon, MADV_RANDOM for what is seldom read, then on to
 * `entry`. It starts the reads and waits for none; it maps nothing, so memory is as before. Errors are of no interest: the
 * pages then come when they are touched.
 *
 * At a program's start (x64 psABI, "Process Initialization") rdx holds a function for atexit and rsp the arguments; all
 * others are free. A row of the table is an address, which ends in 12 zero bits, and in these the number of pages with
 * SELDOM or without; 0 ends it.
 *
 * @param {number} at address of this code
 * @param {{soon: [number, number][], seldom: [number, number][]}} pages first one and their number
 * @param {number} entry
 */
export function askAndGoOn(at, { soon, seldom }, entry) {
  const code = Buffer.from([
    ...[0x49, 0x89, 0xd4], //                         00  mov  r12, rdx
    ...[0x48, 0x8d, 0x1d, 0x3a, 0x00, 0x00, 0x00], // 03  lea  rbx, [rip + 0x3a]  ; 44, the table
    ...[0x8b, 0x33], //                               0a  mov  esi, [rbx]
    ...[0x89, 0xf7], //                               0c  mov  edi, esi
    ...[0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff], //       0e  and  edi, 0xfffff000    ; address
    ...[0x81, 0xe6, 0xff, 0x0f, 0x00, 0x00], //       14  and  esi, 0xfff         ; pages, and how
    ...[0x74, 0x1d], //                               1a  jz   39
    ...[0xba, 0x03, 0x00, 0x00, 0x00], //             1c  mov  edx, 3             ; MADV_WILLNEED
    ...[0x0f, 0xba, 0xf6, 0x0b], //                   21  btr  esi, 11            ; SELDOM
    ...[0x73, 0x02], //                               25  jnc  29
    ...[0xb2, 0x01], //                               27  mov  dl, 1              ; MADV_RANDOM
    ...[0xc1, 0xe6, 0x0c], //                         29  shl  esi, 12            ; length
    ...[0xb8, 0x1c, 0x00, 0x00, 0x00], //             2c  mov  eax, 28            ; madvise
    ...[0x0f, 0x05], //                               31  syscall                 ; overwrites rax, rcx, r11
    ...[0x48, 0x83, 0xc3, 0x04], //                   33  add  rbx, 4
    ...[0xeb, 0xd1], //                               37  jmp  0a
    ...[0x4c, 0x89, 0xe2], //                         39  mov  rdx, r12
    ...[0xe9, 0x00, 0x00, 0x00, 0x00], //             3c  jmp  entry
    ...[0xcc, 0xcc, 0xcc], //                         41  (fill)
  ]);
  code.writeInt32LE(entry - (at + 0x41), 0x3d); // from the end of the jump
  const rows = [...rowsOf(seldom, IN_A_ROW, SELDOM), ...rowsOf(soon, AT_ONCE, 0)];
  const table = Buffer.alloc((rows.length + 1) * 4);
  for (const [index, row] of rows.entries()) table.writeUInt32LE(row, index * 4);
  return Buffer.concat([code, table]);
}

/** @param {[number, number][]} ranges @param {number} most pages of a row @param {number} how @returns {number[]} */
function rowsOf(ranges, most, how) {
  const pieces = ranges.flatMap(([first, count]) => Array.from({ length: Math.ceil(count / most) }, (_, n) => [first + n * most, Math.min(most, count - n * most)]));
  return pieces.map(([first, count]) => first * PAGE + (how | count));
}
