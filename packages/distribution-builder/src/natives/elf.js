import { readHeaders } from '../elf/headers.js';

/**
 * What an add-on's ELF header tells: architecture, the libraries it needs, and the symbols it expects.
 * Format: System V ABI, "Object Files" and "Dynamic Linking"; only 64-bit little-endian is read.
 *
 * @param {Buffer} file
 * @returns {{machine: 'x64'|'arm64'|'other', needed: string[], undefinedSymbols: string[]}|null} null: not such a file
 */
export function readElf(file) {
  const headers = readHeaders((at, length) => file.subarray(at, at + length));
  if (!headers) return null;
  const { machine: code, sections } = headers;
  const machine = { 62: /** @type {const} */ ('x64'), 183: /** @type {const} */ ('arm64') }[code] ?? 'other';
  const dynamic = sections.find((s) => s.type === 6);
  const symbols = sections.find((s) => s.type === 11);
  return { machine, needed: dynamic ? readNeeded(file, dynamic, sections) : [], undefinedSymbols: symbols ? readUndefined(file, symbols, sections) : [] };
}

/** C++ symbols of V8 and node: an add-on bound to them cannot be loaded by Bun, which speaks N-API. */
const V8_SYMBOL = /^_ZN\w*?(2v8|4node)\d/;

/**
 * @param {ReturnType<typeof readElf>} elf
 * @returns {string|null} a symbol of V8's that the add-on needs
 */
export const boundToV8 = (elf) => elf?.undefinedSymbols.find((name) => V8_SYMBOL.test(name)) ?? null;

/** @typedef {import('../elf/headers.js').Section} Section */

/** @param {Buffer} file @param {Section} strings @param {number} at */
const text = (file, strings, at) => file.toString('latin1', strings.offset + at, file.indexOf(0, strings.offset + at));

/** @param {Buffer} file @param {Section} dynamic @param {Section[]} sections */
function readNeeded(file, dynamic, sections) {
  const strings = sections[dynamic.link];
  const needed = [];
  for (let at = dynamic.offset; strings && at + 16 <= dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(file.readBigUInt64LE(at));
    if (tag === 0) break;
    if (tag === 1) needed.push(text(file, strings, Number(file.readBigUInt64LE(at + 8))));
  }
  return needed;
}

/** @param {Buffer} file @param {Section} symbols @param {Section[]} sections */
function readUndefined(file, symbols, sections) {
  const strings = sections[symbols.link];
  const names = [];
  for (let at = symbols.offset; strings && at + 24 <= symbols.offset + symbols.size; at += 24) {
    if (file.readUInt16LE(at + 6) === 0) names.push(text(file, strings, file.readUInt32LE(at)));
  }
  return names.filter(Boolean);
}
