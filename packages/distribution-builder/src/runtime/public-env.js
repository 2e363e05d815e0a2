import { createHash } from 'node:crypto';
import { data } from './data.js';
import { correctLengths, fill, fillPage, hasPlaceholder, prepareValues } from './public-text.js';

/**
 * NEXT_PUBLIC_ values that come when the server starts (option --public-at-runtime). Server code reads process.env; the
 * browser's script is filled where static files are released. Left are texts of the build: they are filled when read.
 */

/** @type {{names: Record<string, string|null>, lengths: Record<string, [number, string, Record<string, number>][]>}|null} */
const plan = JSON.parse(data.texts[`${data.at.dist}/nextcore-public.json`] ?? 'null');

/** @type {import('./public-text.js').Values|undefined} */
let values;

/** Characters that need another escape in each place where a value may stand. */
const REFUSED = /["'`\\\u0000-\u001f\u007f\u2028\u2029]|\$\{/;

/** Ends the process where a value is missing or cannot be used. */
export function takePublicValues() {
  if (plan === null) return;
  const env = /** @type {Record<string, string|undefined>} */ (process.env);
  /** @type {Record<string, string>} */
  const found = {};
  const wrong = [];
  for (const [name, fallback] of Object.entries(plan.names)) {
    const value = env[name] ?? fallback;
    if (value === null) wrong.push(`${name} is not set`);
    else if (REFUSED.test(value)) wrong.push(`${name} has a quote, backslash, \${ or control character`);
    else found[name] = env[name] = value;
  }
  if (wrong.length > 0) {
    console.error(`error: ${wrong.join('; ')}\n  where: environment of the server\n  next: set each name; an empty value is one, too`);
    process.exit(1);
  }
  env.NEXTCORE_PUBLIC_VALUES = hashOf(found);
  values = prepareValues(found, env.NEXTCORE_PUBLIC_VALUES);
}

/** Part of file names; nextcore/public_values.py computes the same. @param {Record<string, string>} found sorted by name */
function hashOf(found) {
  const lines = Object.entries(found).map(([name, value]) => `${name}=${value}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 16);
}

/**
 * A text of the build with its values. Pages are read once: Next keeps them in memory.
 * @template {string|Buffer} T
 * @param {string} path below the root @param {T} content @returns {T}
 */
export function withPublicValues(path, content) {
  if (!values) return content;
  const text = typeof content === 'string' ? Buffer.from(content).toString('latin1') : content.toString('latin1');
  if (!hasPlaceholder(text)) return content;
  const corrected = correctLengths(text, plan?.lengths[path.slice(data.at.dist.length + 1)] ?? [], values);
  const filled = Buffer.from(path.endsWith('.html') ? fillPage(corrected, values) : fill(corrected, values), 'latin1');
  return /** @type {T} */ (typeof content === 'string' ? filled.toString('utf8') : filled);
}
