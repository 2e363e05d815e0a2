/**
 * Tables of a 64-bit little-endian ELF file: System V ABI, "Object Files". A file that was cut off has fewer rows.
 *
 * @typedef {{type: number, machine: number, entry: number, segments: Segment[], sections: Section[]}} Headers
 * @typedef {{at: number, type: number, offset: number, address: number, fileSize: number, memorySize: number}} Segment at: of its header in the file
 * @typedef {{type: number, flags: number, address: number, offset: number, size: number, link: number}} Section
 */

/**
 * @param {(at: number, length: number) => Buffer} read as much of the file as there is
 * @returns {Headers|null} null: another kind of file
 */
export function readHeaders(read) {
  const head = read(0, 64);
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return null;
  return {
    type: head.readUInt16LE(16),
    machine: head.readUInt16LE(18),
    entry: number(head, 24),
    segments: rows(read, number(head, 32), head.readUInt16LE(54), head.readUInt16LE(56)).map(({ at, row }) => ({
      ...{ at, type: row.readUInt32LE(0), offset: number(row, 8), address: number(row, 16) },
      ...{ fileSize: number(row, 32), memorySize: number(row, 40) },
    })),
    sections: rows(read, number(head, 40), head.readUInt16LE(58), head.readUInt16LE(60)).map(({ row }) => ({
      ...{ type: row.readUInt32LE(4), flags: number(row, 8), address: number(row, 16) },
      ...{ offset: number(row, 24), size: number(row, 32), link: row.readUInt32LE(40) },
    })),
  };
}

/** @param {(at: number, length: number) => Buffer} read @param {number} table @param {number} size @param {number} count */
function rows(read, table, size, count) {
  const content = read(table, size * count);
  return Array.from({ length: Math.floor(content.length / size) || 0 }, (_, index) => ({ at: table + index * size, row: content.subarray(index * size, (index + 1) * size) }));
}

/** @param {Buffer} buffer @param {number} at */
const number = (buffer, at) => Number(buffer.readBigUInt64LE(at));
