import { parse } from 'acorn';
import esbuild from 'esbuild';
import MagicString from 'magic-string';
import { DEFINED } from './dead-branches.js';
import { keepFunctionText } from './function-text.js';
import { lazyRequires } from './lazy-requires.js';
import { asciiComments } from './legal-comments.js';
import { guardNames } from './name-guard.js';
import { nodesOf } from './nodes.js';
import { keepRawTemplates } from './raw-templates.js';
import { findRequests } from './requests.js';
import { isStrict, keepStrict } from './strict-mode.js';
import { hideAwaits, showAwaits } from './top-level-await.js';
import { renameWrapperNames } from './wrapper-names.js';

/**
 * @typedef {object} Source
 * @property {string} source
 * @property {boolean} esm
 * @property {boolean} hot goes through Bun's bundler, which renames; a cold one stays the text it is
 * @property {boolean} lazy make Next's own requires lazy
 */

/**
 * Body of a CommonJS wrapper (module, exports, require, __filename, __dirname, __import, …) with a gap for each
 * specifier: `pieces[0] <requests[0]> pieces[1] <requests[1]> pieces[2]`. It depends on the source alone, so it can be
 * made in any thread and kept for other builds; what a specifier means is the tree's business (modules.js).
 *
 * @typedef {object} Transformed
 * @property {string[]} pieces
 * @property {import('./requests.js').Request[]} requests
 * @property {number[]} computed lines that compute what they require
 * @property {boolean} awaits has top-level awaits
 * @property {boolean} strict
 * @property {string} [failure] why this is not JavaScript; then there are no pieces
 */

/** @param {Source} input @returns {Promise<Transformed>} */
export async function transform({ source, esm, hot, lazy }) {
  try {
    if (source.startsWith('#!')) source = `//${source}`;
    return esm ? await fromEsm(source, hot) : cut(source, { esm, hot, lazy });
  } catch (error) {
    const { errors, message } = /** @type {{errors?: {text: string}[], message: string}} */ (error);
    return { pieces: [], requests: [], computed: [], awaits: false, strict: false, failure: errors?.[0]?.text ?? message };
  }
}

/**
 * CommonJS is edited in place and never printed anew: names, and Function.prototype.toString, which apps put into
 * their HTML, stay what the app's own build made them.
 *
 * @param {string} source @param {{esm: boolean, hot: boolean, lazy: boolean}} kind
 * @returns {Transformed}
 */
function cut(source, { esm, hot, lazy }) {
  let mark = '@link';
  while (source.includes(mark)) mark += '@';
  /** @type {import('./requests.js').Request[]} */
  let requests = [];
  /** @type {number[]} */
  let computed = [];
  let strict = false;
  const code = edit(source, 'script', (ast, out, comments) => {
    if (hot) asciiComments(comments, out); // first: others replace what holds a comment, none a part of one
    strict = isStrict(/** @type {any} */ (ast).body);
    ({ requests, computed } = findRequests(ast, out, { esm, gap: (index) => `${mark}${index}${mark}` }));
    if (hot) keepRawTemplates(ast, out);
    if (hot && !esm) keepFunctionText(ast, out);
    if (hot) guardNames(ast, out, esm);
    if (hot) keepStrict(ast, out);
    if (esm) showAwaits(ast, out);
    if (lazy) lazyRequires(ast, out);
  });
  const parts = code.split(new RegExp(`${mark}(\\d+)${mark}`));
  return {
    pieces: parts.filter((_part, index) => index % 2 === 0),
    requests: parts.filter((_part, index) => index % 2 === 1).map((index) => requests[Number(index)]),
    computed,
    awaits: false,
    strict,
  };
}

/**
 * ES modules become CommonJS by esbuild, which renames as well: a guard before each printing.
 * @param {string} source @param {boolean} hot
 */
async function fromEsm(source, hot) {
  /** @type {Map<string, number>} */
  let places = new Map();
  /** @type {number[]} */
  let computed = [];
  let awaits = false;
  const guarded = edit(source, 'module', (ast, out) => {
    places = specifierPlaces(ast);
    computed = findRequests(ast, new MagicString(source), { esm: false, gap: () => '' }).computed;
    keepFunctionText(ast, out);
    awaits = hideAwaits(ast, out);
    renameWrapperNames(ast, out);
    guardNames(ast, out);
  });
  const printed = await esbuild.transform(guarded, {
    loader: 'js',
    platform: 'node',
    format: 'cjs',
    target: 'esnext',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    sourcefile: 'module.mjs', // this ending asks for node's interop of default exports
    define: { ...IMPORT_META, ...Object.fromEntries(Object.entries(DEFINED).map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)])) },
  });
  const url = printed.code.includes('__importMetaUrl') ? 'var __importMetaUrl=require("url").pathToFileURL(__filename).href;' : '';
  const code = `"use strict";${url}${printed.code}`; // ES modules are; esbuild does not say it
  const result = cut(code, { esm: true, hot, lazy: false });
  for (const request of result.requests) {
    const place = places.get(request.specifier);
    if (place !== undefined) request.line = source.slice(0, place).split('\n').length;
  }
  return { ...result, computed, awaits };
}

const IMPORT_META = { 'import.meta.url': '__importMetaUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' };

/** Where each specifier stands in the source, before it is printed in one line. @param {import('acorn').Node} ast */
function specifierPlaces(ast) {
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const node of nodesOf(ast)) {
    const literal = node.source ?? (node.type === 'CallExpression' ? node.arguments[0] : null);
    if (typeof literal?.value === 'string' && !places.has(literal.value)) places.set(literal.value, literal.start);
  }
  return places;
}

/**
 * @param {string} source @param {'module'|'script'} sourceType
 * @param {(ast: import('acorn').Node, out: MagicString, comments: import('acorn').Comment[]) => void} change
 */
function edit(source, sourceType, change) {
  /** @type {import('acorn').Comment[]} */
  const comments = [];
  const ast = parse(source, { ecmaVersion: 'latest', sourceType, allowReturnOutsideFunction: true, allowHashBang: true, onComment: comments });
  const out = new MagicString(source);
  // Insertions of one change must survive the overwrite of a neighbour.
  const overwrite = out.overwrite.bind(out);
  out.overwrite = (start, end, content) => overwrite(start, end, content, { contentOnly: true });
  change(ast, out, comments);
  return out.toString();
}
