import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import esbuild from 'esbuild';
import MagicString from 'magic-string';
import { lazyRequires } from './lazy-requires.js';
import { guardNames } from './name-guard.js';
import { isBuiltin } from './resolver.js';
import { hideAwaits, showAwaits } from './top-level-await.js';

/**
 * @typedef {object} Transformed
 * @property {string} code body of the module's wrapper; a linked module is named as `"@link:<path>"`
 * @property {boolean} awaits has top-level awaits
 * @property {string[]} links paths below the root that the code names
 * @property {string[]} unresolved specifiers that nothing traced answers; they throw where they are reached
 */

/**
 * One source file -> the body of a CommonJS wrapper (module, exports, require, __filename, __dirname, __import, …).
 *
 * @param {object} input
 * @param {string} input.path below the root, for messages
 * @param {string} input.source
 * @param {boolean} input.esm
 * @param {boolean} input.lazy make Next's own requires lazy
 * @param {(specifier: string, esm: boolean) => string|null} input.resolve
 * @returns {Transformed}
 */
export function transform({ path, source, esm, lazy, resolve }) {
  if (source.startsWith('#!')) source = `//${source}`;
  let awaits = false;
  const guarded = edit(source, esm ? 'module' : 'script', (ast, out) => {
    if (esm) awaits = hideAwaits(ast, out);
    guardNames(ast, out);
  });
  const printed = esbuild.transformSync(guarded, {
    loader: 'js',
    platform: 'node',
    target: 'esnext',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    sourcefile: esm ? `${path}.mjs` : `${path}.cjs`, // an .mjs name asks for node's interop of default exports
    ...(esm ? { format: 'cjs' } : {}),
    define: { ...PRODUCTION, ...(esm ? IMPORT_META : {}) },
  }).code;
  /** @type {Transformed} */
  const result = { code: '', awaits, links: [], unresolved: [] };
  const code = edit(printed, 'script', (ast, out) => {
    rewriteRequires(ast, out, { esm, resolve, result });
    guardNames(ast, out, esm);
    if (esm) showAwaits(ast, out);
    if (lazy) lazyRequires(ast, out);
  });
  result.code = code.includes('__importMetaUrl') ? `var __importMetaUrl=require("url").pathToFileURL(__filename).href;${code}` : code;
  return result;
}

const PRODUCTION = { 'process.env.NODE_ENV': '"production"', 'process.env.__NEXT_DEV_SERVER': '""', 'process.env.NEXT_MINIMAL': '""' };
const IMPORT_META = { 'import.meta.url': '__importMetaUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' };

/**
 * @param {string} source @param {'module'|'script'} sourceType
 * @param {(ast: import('acorn').Node, out: MagicString) => void} change
 */
function edit(source, sourceType, change) {
  const ast = parse(source, { ecmaVersion: 'latest', sourceType, allowReturnOutsideFunction: true, allowHashBang: true });
  const out = new MagicString(source);
  // Insertions of one change must survive the overwrite of a neighbour.
  const overwrite = out.overwrite.bind(out);
  out.overwrite = (start, end, content) => overwrite(start, end, content, { contentOnly: true });
  change(ast, out);
  return out.toString();
}

/**
 * @param {import('acorn').Node} ast @param {MagicString} out
 * @param {{esm: boolean, resolve: (specifier: string, esm: boolean) => string|null, result: Transformed}} context
 */
function rewriteRequires(ast, out, { esm, resolve, result }) {
  /** @param {any} literal @param {boolean} asImport */
  const link = (literal, asImport) => {
    if (literal?.type !== 'Literal' || typeof literal.value !== 'string' || isBuiltin(literal.value)) return null;
    const path = resolve(literal.value, asImport);
    if (path) result.links.push(path);
    else result.unresolved.push(literal.value);
    return path;
  };
  fullAncestor(ast, (/** @type {any} */ node, /** @type {any} */ _state, /** @type {any[]} */ ancestors) => {
    if (node.type === 'ImportExpression') {
      out.overwrite(node.start, node.start + 'import'.length, '__import');
      const path = link(node.source, true);
      if (path) out.overwrite(node.source.start, node.source.end, named(path));
    } else if (node.type === 'VariableDeclarator' && esm && node.id.name === '__toESM' && node.init) {
      out.overwrite(node.init.start, node.init.end, '__toEsm'); // the runtime's knows which targets were ESM themselves
    } else if (node.type === 'CallExpression') {
      const { callee, arguments: args } = node;
      if (callee.type === 'Identifier' && callee.name === 'require' && args.length > 0 && !isShadowed(ancestors)) {
        if (args[0].value === 'bindings') return void out.overwrite(node.start, node.end, '__bindings(__filename)');
        const path = link(args[0], esm);
        if (path) out.overwrite(args[0].start, args[0].end, named(path));
      } else if (callee.type === 'MemberExpression' && callee.object.name === 'require' && callee.property.name === 'resolve' && !isShadowed(ancestors)) {
        const path = link(args[0], false);
        if (path) out.overwrite(args[0].start, args[0].end, named(path));
      }
    }
  });
}

/** Bundles inside packages pass `require` as a parameter; that one is not ours. @param {any[]} ancestors */
const isShadowed = (ancestors) => ancestors.some((a) => /Function/.test(a.type) && a.params.some((/** @type {any} */ p) => p.type === 'Identifier' && p.name === 'require'));

/** @param {string} path */
const named = (path) => JSON.stringify(`@link:${path}`);
