/**
 * The section that Bun appends to itself: 8 bytes with the length of the rest, the app's files, a table of them, 32 bytes that
 * tell where the table is, and a mark. It is a format of Bun's own, read here from executables of Bun 1.4.5; another Bun is
 * never looked at (read-ahead.js knows one build only), and a section that does not fit together is refused.
 */
const MARK = '\n---- Bun! ----\n';
const LENGTH = 8;
const PLACES = 32;

/**
 * Ends of the bytecode's parts, six numbers and a zero byte: a head; functions that are in the recorded starts
 * (startup-order.js), which Bun reads ahead itself; the app's own; nothing; functions that no recorded start used; the rest.
 */
const PARTS = 25;

/** In a row of the table, which has 13 words, each pair place and length: the second is the script, the fourth its bytecode. */
const ROW = 52;

/**
 * Bytes of the section.
 *
 * @typedef {{from: number, to: number}} Range
 * @typedef {object} AppSection
 * @property {Range} own bytecode of the app's own functions
 * @property {Range} seldom what a start hardly touches: the last part of the bytecode, and the script's text behind it. Native
 *   packages and packs follow; they are no part of it
 */

/**
 * @param {(at: number, length: number) => Buffer} read bytes of the section
 * @param {number} size of the section
 * @returns {AppSection|null} null: no app, or not laid out as it should be
 */
export function readAppSection(read, size) {
  const tail = read(Math.max(0, size - MARK.length - PLACES - PARTS), PARTS + PLACES + MARK.length);
  if (tail.toString('latin1', PARTS + PLACES) !== MARK) return null;
  const row = read(LENGTH + tail.readUInt32LE(PARTS + 8), ROW);
  if (row.length < ROW) return null;
  const [script, scriptLength, bytecode, bytecodeLength] = [8, 12, 24, 28].map((at) => row.readUInt32LE(at));
  const ends = [0, 1, 2, 3, 4, 5].map((part) => tail.readUInt32LE(part * 4));
  const inOrder = ends[5] > 0 && ends.every((end, part) => end >= (ends[part - 1] ?? 0));
  if (!inOrder || ends[5] !== bytecodeLength || bytecode + bytecodeLength > script || script + scriptLength > size) return null;
  const start = LENGTH + bytecode;
  return { own: { from: start + ends[1], to: start + ends[2] }, seldom: { from: start + ends[4], to: LENGTH + script + scriptLength } };
}
