/** Bun prints them as they are; it writes \u escapes for all else that is not ASCII. */
const KEPT = /^!|@(?:license|preserve)\b/;

/**
 * One character beyond ASCII makes Bun keep the whole script in two bytes a character, and a legal comment is the one place
 * where it stays: a quotation of Dante in Next's http-proxy took 32 MB of a real app's memory. Its letters are content for
 * nobody, its words stay.
 *
 * @param {import('acorn').Comment[]} comments @param {import('magic-string').default} out
 */
export function asciiComments(comments, out) {
  for (const { value, start, end } of comments) {
    const text = out.original.slice(start, end);
    if (KEPT.test(value) && /[^\0-\x7f]/.test(text)) out.overwrite(start, end, text.replaceAll(/[^\0-\x7f]/g, '?'));
  }
}
