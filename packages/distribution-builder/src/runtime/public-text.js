/** Placeholders of NEXT_PUBLIC_ values in texts. Used at build and in the executable; knows neither. */

/** A value stands there as it is, percent-encoded (a parameter of an image's URL), or as its host alone. */
const FORMS = /(https:\/\/|https%3A%2F%2F)?(next-public-[a-z0-9-]+)\.nextcore\.invalid|nextcorevalues00|"nextcore-public-values"/gi;

/** @param {string} text @returns {boolean} */
export const hasPlaceholder = (text) => text.includes('.nextcore.invalid') || text.includes('nextcorevalues00') || text.includes('"nextcore-public-values"');

/** How often each form occurs. @param {string} text @returns {Record<string, number>} */
export function formsIn(text) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const [form] of text.matchAll(FORMS)) found[form] = (found[form] ?? 0) + 1;
  return found;
}

/**
 * @typedef {object} Values
 * @property {Record<string, string>} byPlace next-public-… -> value
 * @property {string} json all of them, by their names
 * @property {string} hash
 */

/** @param {Record<string, string>} values by name @param {string} hash @returns {Values} */
export function prepareValues(values, hash) {
  const byPlace = Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase().replaceAll('_', '-'), value]));
  return { byPlace, json: JSON.stringify(values), hash };
}

/** What is replaced by what. @param {string} form @param {Values} values */
function valueOf(form, values) {
  if (form === 'nextcorevalues00') return values.hash;
  if (form.startsWith('"')) return values.json;
  const [, scheme, place] = /** @type {RegExpExecArray} */ (new RegExp(FORMS.source, 'i').exec(form));
  const value = values.byPlace[place.toLowerCase()];
  if (value === undefined) return form;
  if (!scheme) return URL.canParse(value) ? new URL(value).host : value;
  return scheme.includes('%') ? encodeURIComponent(value) : value;
}

/** @param {string} text latin1 @param {Values} values @param {(value: string) => string} [escape] @returns {string} latin1 */
export function fill(text, values, escape = (value) => value) {
  return text.replace(FORMS, (form) => Buffer.from(escape(valueOf(form, values)), 'utf8').toString('latin1'));
}

/** @param {string} html latin1 @param {Values} values */
export function fillPage(html, values) {
  return html
    .split(/(<script\b[^>]*>[\s\S]*?<\/script>)/)
    .map((part, index) => {
      // Inside of a script Next escapes what could end it; in attributes and texts HTML's own rules hold.
      const close = index % 2 === 1 ? part.indexOf('>') + 1 : part.length;
      return fill(part.slice(0, close), values, escapeHtml) + fill(part.slice(close), values, escapeScript);
    })
    .join('');
}

/** @param {string} value */
const escapeHtml = (value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** @param {string} value */
const escapeScript = (value) => value.replace(/[&<>]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);

/**
 * Corrects lengths of flight rows; from the last to the first, so that offsets stay true.
 * @param {string} text latin1, unfilled @param {[number, string, Record<string, number>][]} lengths @param {Values} values
 */
export function correctLengths(text, lengths, values) {
  let result = text;
  for (const [at, length, forms] of [...lengths].reverse()) {
    let bytes = Number.parseInt(length, 16);
    for (const [form, count] of Object.entries(forms)) bytes += count * (Buffer.byteLength(valueOf(form, values)) - form.length);
    result = result.slice(0, at) + bytes.toString(16) + result.slice(at + length.length);
  }
  return result;
}
