import { readSync, writeSync } from 'node:fs';
import { readHeaders } from '../elf/headers.js';

const ET_EXEC = 2;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const NT_GNU_BUILD_ID = 3;
const READ_AND_RUN = 4 | 1;
const PROGRAM_HEADER = 56; // bytes of one
const ENTRY = 24; // where the ELF header has the address that the program starts at
export const PAGE = 0x1000;

/** @typedef {import('../elf/headers.js').Headers} Elf sections: what is loaded from the file, in its order */

/**
 * Headers of an x64 program linked for fixed addresses (not PIE), as Bun's is.
 *
 * @param {number} file descriptor
 * @returns {Elf|null} null: another kind of file
 */
export function readProgram(file) {
  const headers = readHeaders((at, length) => read(file, at, length));
  if (headers?.type !== ET_EXEC || headers.machine !== EM_X86_64) return null;
  const sections = headers.sections.filter(({ flags, type }) => flags & SHF_ALLOC && type !== SHT_NOBITS);
  return { ...headers, sections: sections.sort((a, b) => a.offset - b.offset) };
}

/**
 * What the linker computed from all that it wrote: two programs with the same one have the same layout.
 *
 * @param {number} file @param {Elf} elf
 * @returns {string|null} hexadecimal
 */
export function buildId(file, elf) {
  for (const { offset, fileSize } of elf.segments.filter((segment) => segment.type === PT_NOTE)) {
    const notes = read(file, offset, fileSize);
    for (let at = 0; at + 12 <= notes.length; ) {
      const content = align(at + 12 + notes.readUInt32LE(at), 4);
      const end = content + notes.readUInt32LE(at + 4);
      if (notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID && notes.toString('latin1', at + 12, at + 16) === 'GNU\0') return notes.toString('hex', content, end);
      at = align(end, 4);
    }
  }
  return null;
}

/**
 * Makes a program start with other code, which then jumps to the program's own entry.
 *
 * Nothing moves and the file does not grow. The code is written over unused bytes, zeros between two sections of which
 * the later begins with a page of its own; Bun's lie in its writable data. Their page is mapped a second time, to be read
 * and run, behind the program's last address. The header for that is the one of the notes, which nobody reads when a
 * program is loaded.
 *
 * Not appended to the file: where the system reads 8 MB around a missing page, that page would cost 4 MB nobody asked
 * for. The page of the gap is there already, as the dynamic linker uses its neighbours.
 *
 * @param {number} file descriptor, open for writing
 * @param {Elf} elf
 * @param {(address: number) => Buffer} codeAt its first byte is run; as long wherever it is
 * @returns {string|null} why it cannot be done; the file is as it was
 */
export function prependCode(file, elf, codeAt) {
  const note = elf.segments.at(-1);
  if (note?.type !== PT_NOTE) return 'its last program header is not that of notes'; // segments to load must be in the order of their addresses
  const loaded = elf.segments.filter((segment) => segment.type === PT_LOAD);
  const free = align(Math.max(...loaded.map((segment) => segment.address + segment.memorySize)), PAGE);
  const { length } = codeAt(free);
  const offset = unusedBytes(file, elf, length);
  if (offset === null) return `there are no ${length} unused bytes between its sections`;
  const address = free + (offset % PAGE);
  writeSync(file, codeAt(address), 0, length, offset);
  writeSync(file, segmentHeader({ offset, address, size: length }), 0, PROGRAM_HEADER, note.at);
  writeSync(file, eightBytes(address), 0, 8, ENTRY);
  return null;
}

/** @param {{offset: number, address: number, size: number}} segment */
function segmentHeader({ offset, address, size }) {
  const row = Buffer.alloc(8);
  row.writeUInt32LE(PT_LOAD, 0);
  row.writeUInt32LE(READ_AND_RUN, 4);
  return Buffer.concat([row, ...[offset, address, address, size, size, PAGE].map(eightBytes)]);
}

/**
 * The end of a gap, not its start: that may be data of the section before it which happens to be zero.
 *
 * @param {number} file @param {Elf} elf @param {number} length
 * @returns {number|null} offset in the file
 */
function unusedBytes(file, { sections }, length) {
  for (const [index, next] of sections.entries()) {
    const before = sections[index - 1];
    const offset = (next.offset - length) & ~15;
    if (!before || next.offset % PAGE !== 0 || offset < before.offset + before.size) continue;
    if (read(file, offset, next.offset - offset).every((byte) => byte === 0)) return offset;
  }
  return null;
}

/** @param {number} file @param {number} at @param {number} length */
export function read(file, at, length) {
  const content = Buffer.alloc(length);
  return content.subarray(0, readSync(file, content, 0, length, at));
}

/** @param {number} value */
function eightBytes(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** @param {number} value @param {number} to */
const align = (value, to) => Math.ceil(value / to) * to;
