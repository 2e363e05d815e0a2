/** What the program of `smallProgram` ends with. */
export const EXIT_CODE = 42;

const ENTRY = 0x401000;

/**
 * A whole x64 program that ends with EXIT_CODE, unless rdx or the stack were changed before: then with another one.
 * Its file: headers, notes, at 0x1000 a section with code, and 0x400 zeros before 0x2000, where the second section is.
 *
 * @param {{type?: number, machine?: number, buildId?: string, last?: number, filled?: boolean, memory?: number}} [unlike] what is otherwise: type of the last program
 *   header; filled: something lies where the zeros are; memory: bytes of its one segment
 */
export function smallProgram({ type = 2, machine = 62, buildId = 'c0ffee00', last = 4, filled = false, memory = 0x3000 } = {}) {
  const file = Buffer.alloc(0x3000);
  const note = Buffer.concat([words(4, buildId.length / 2, 3), Buffer.from('GNU\0'), Buffer.from(buildId, 'hex')]);
  const head = [Buffer.from('7f454c46020101000000000000000000', 'hex'), halves(type, machine), words(1), quads(ENTRY, 64, 0x2800), words(0)];
  Buffer.concat([...head, halves(64, 56, 2, 64, 3, 0)]).copy(file);
  Buffer.concat([words(1, 5), quads(0, 0x400000, 0x400000, 0x3000, memory, 0x1000)]).copy(file, 64);
  Buffer.concat([words(last, 4), quads(0x200, 0x400200, 0x400200, note.length, note.length, 4)]).copy(file, 64 + 56);
  note.copy(file, 0x200);
  const code = [
    ...[0x8b, 0x3c, 0x24], //                   mov  edi, [rsp]     ; number of arguments: 1
    ...[0x01, 0xd7], //                         add  edi, edx       ; 0 in a program without a dynamic linker
    ...[0x83, 0xc7, EXIT_CODE - 1], //          add  edi, 41
    ...[0xb8, 0x3c, 0x00, 0x00, 0x00], //       mov  eax, 60        ; exit
    ...[0x0f, 0x05], //                         syscall
  ];
  Buffer.from(code).copy(file, 0x1000);
  file.fill(1, 0x1000 + code.length, filled ? 0x2000 : 0x1c00);
  const sections = [[0, 0, 0, 0], [2 | 4, 0x401000, 0x1000, 0xc00], [2, 0x402000, 0x2000, 0x10]]; // flags, address, offset, size
  for (const [index, section] of sections.entries()) Buffer.concat([words(0, index && 1), quads(...section)]).copy(file, 0x2800 + index * 64);
  return file;
}

/** @param {number[]} values */
const halves = (...values) => Buffer.from(Uint16Array.from(values).buffer);

/** @param {number[]} values */
const words = (...values) => Buffer.from(Uint32Array.from(values).buffer);

/** @param {number[]} values */
const quads = (...values) => Buffer.from(BigUint64Array.from(values, BigInt).buffer);
