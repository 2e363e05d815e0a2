/**
 * React's flight format, as far as replacing text in it asks for: most rows end at a line break, but long texts and
 * binary data carry their length in bytes, `<id>:T<hex length>,<bytes>`. A value of another length changes it.
 */

const LENGTH_PREFIXED = /^[AOoUSsLlGgMmVTb]$/;

/**
 * @typedef {object} LongRow
 * @property {number} at offset of the hexadecimal length
 * @property {string} length as it stands there
 * @property {string} content bytes of the row, as latin1
 */

/** @param {string} stream bytes as latin1 @returns {LongRow[]} */
export function longRows(stream) {
  const rows = [];
  for (let at = 0; at < stream.length; ) {
    const head = /^[0-9a-f]*:([A-Za-z])([0-9a-f]+),/.exec(stream.slice(at, at + 40));
    if (head && LENGTH_PREFIXED.test(head[1])) {
      const start = at + head[0].length;
      const end = start + Number.parseInt(head[2], 16);
      rows.push({ at: start - 1 - head[2].length, length: head[2], content: stream.slice(start, end) });
      at = end;
    } else {
      const end = stream.indexOf('\n', at);
      at = end === -1 ? stream.length : end + 1;
    }
  }
  return rows;
}

/**
 * A page whose lengths stand in one piece each: the server may have cut its stream in the middle of one.
 * @param {string} html bytes as latin1 @returns {string}
 */
export function withWholeLengths(html) {
  const { stream, place } = streamOf(html);
  for (const { at, length } of longRows(stream)) {
    const start = place(at);
    if (html.slice(start, start + length.length) === length) continue;
    let here = 1;
    while (html[start + here] === length[here]) here++;
    const rest = place(at + here);
    const left = length.length - here;
    const moved = html.slice(0, start + here) + length.slice(here) + html.slice(start + here, rest) + html.slice(rest + left);
    return withWholeLengths(moved);
  }
  return html;
}

/**
 * The flight stream inside of a page: `self.__next_f.push([1,"…"])`, in pieces.
 *
 * @param {string} html bytes as latin1
 * @returns {{stream: string, place: (offset: number) => number}} place: where a byte of the stream stands in the page
 */
export function streamOf(html) {
  /** @type {{start: number, length: number, raw: number}[]} */
  const pieces = [];
  let stream = '';
  for (const match of html.matchAll(/self\.__next_f\.push\(\[1,("(?:[^"\\]|\\.)*")\]\)/g)) {
    const raw = match.index + match[0].indexOf('"') + 1;
    // The page's bytes are UTF-8; what JSON escapes is decoded to UTF-8, too.
    const bytes = Buffer.from(JSON.parse(Buffer.from(match[1], 'latin1').toString('utf8')), 'utf8').toString('latin1');
    pieces.push({ start: stream.length, length: bytes.length, raw });
    stream += bytes;
  }
  /** @param {number} offset */
  const place = (offset) => {
    const piece = pieces.find((one) => offset >= one.start && offset < one.start + one.length);
    if (!piece) throw new RangeError(`the stream has no byte ${offset}`);
    // Walks over the escapes in front of it.
    let raw = piece.raw;
    for (let decoded = piece.start; decoded < offset; ) {
      const unit = html[raw] !== '\\' ? 1 : html[raw + 1] === 'u' ? 6 : 2;
      const text = unit === 1 ? html[raw] : Buffer.from(JSON.parse(`"${html.slice(raw, raw + unit)}"`), 'utf8').toString('latin1');
      decoded += text.length;
      raw += unit;
    }
    return raw;
  };
  return { stream, place };
}
