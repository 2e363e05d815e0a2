/**
 * Entries as bytes. JSON for what is small, raw bytes for what is large; no format of an engine's own, because fetches
 * outlive a build and so the Bun that wrote them.
 *
 *     20 bytes  stamp: tells two versions of an entry apart without reading them
 *      4 bytes  length of the header, little endian
 *     header    JSON; `blobs` are the lengths of what follows
 *     blobs
 */

export const STAMP_LENGTH = 20;

/** @returns {string} a new stamp */
export const newStamp = () => Date.now().toString(36).padStart(9, '0') + Math.random().toString(36).slice(2).padEnd(11, '0').slice(0, 11);

/** @param {string} stamp @param {object} header @param {Uint8Array[]} blobs @returns {Buffer} */
export function pack(stamp, header, blobs) {
  const text = Buffer.from(JSON.stringify({ ...header, blobs: blobs.map((blob) => blob.byteLength) }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from(stamp, 'latin1'), length, text, ...blobs]);
}

/** @param {Uint8Array} bytes @returns {{stamp: string, header: any, blobs: Buffer[]}|null} null: not what `pack` made */
export function unpack(bytes) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = STAMP_LENGTH + 4;
  if (buffer.length < start) return null;
  let at = start + buffer.readUInt32LE(STAMP_LENGTH);
  try {
    const header = JSON.parse(buffer.toString('utf8', start, at));
    const blobs = header.blobs.map((/** @type {number} */ length) => buffer.subarray(at, (at += length)));
    return at === buffer.length ? { stamp: buffer.toString('latin1', 0, STAMP_LENGTH), header, blobs } : null;
  } catch {
    return null;
  }
}

/** @typedef {{value: any, lastModified: number, cacheControl?: any}} Response what Next keeps: a page, an answer of a route handler, a fetch */

/** @param {string} stamp @param {Response} entry @returns {Buffer} */
export function packResponse(stamp, { value, lastModified, cacheControl }) {
  if (value === null) return pack(stamp, { lastModified, cacheControl, value }, []);
  /** @type {[string, string?][]} */
  const at = [];
  /** @type {Uint8Array[]} */
  const blobs = [];
  const rest = { ...value };
  for (const name of ['html', 'rscData', 'body']) {
    if (typeof value[name] !== 'string' && !(value[name] instanceof Uint8Array)) continue;
    at.push(typeof value[name] === 'string' ? [name, 'text'] : [name]);
    blobs.push(Buffer.from(value[name]));
    delete rest[name];
  }
  for (const [path, bytes] of value.segmentData ?? []) {
    at.push(['segmentData', path]);
    blobs.push(bytes);
  }
  if (value.segmentData) rest.segmentData = true;
  return pack(stamp, { lastModified, cacheControl, value: rest, at }, blobs);
}

/** @param {{header: any, blobs: Buffer[]}} unpacked @returns {Response} */
export function unpackResponse({ header: { value, lastModified, cacheControl, at }, blobs }) {
  if (value?.segmentData) value.segmentData = new Map();
  for (const [index, [name, detail]] of (at ?? []).entries()) {
    if (name === 'segmentData') value.segmentData.set(detail, blobs[index]);
    else value[name] = detail === 'text' ? blobs[index].toString('utf8') : blobs[index];
  }
  return { value, lastModified, cacheControl };
}
