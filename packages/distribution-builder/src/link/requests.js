import { isDead } from './dead-branches.js';
import { ancestorsOf, nodesOf } from './nodes.js';
import { isBuiltin } from './resolver.js';

/**
 * One place of a module that names another.
 *
 * @typedef {object} Request
 * @property {string} specifier
 * @property {boolean} asImport resolved under the conditions of `import`
 * @property {string} text the specifier as it stood in the code
 * @property {number} line
 * @property {boolean} guarded inside of `try`: whoever wrote it expects that it may be missing
 */

/**
 * Finds what a module asks for by a constant name and puts a gap in its place. Names that are computed stay: the
 * runtime resolves them over the embedded tree.
 *
 * @param {import('acorn').Node} ast @param {import('magic-string').default} out
 * @param {{esm: boolean, gap: (index: number) => string}} options esm: the script is a converted ES module
 * @returns {{requests: Request[], computed: number[]}} computed: lines
 */
export function findRequests(ast, out, { esm, gap }) {
  /** @type {Request[]} */
  const requests = [];
  /** @type {number[]} */
  const computed = [];
  const lineOf = lineCounter(out.original);
  /** @param {any} literal @param {boolean} asImport @param {any[]} ancestors */
  const request = (literal, asImport, ancestors) => {
    const specifier = constantText(literal);
    if (specifier === null) return void (literal && !isGuarded(ancestors) && !isDead(ancestors) && computed.push(lineOf(literal.start)));
    if (isBuiltin(specifier) || isDead(ancestors)) return;
    out.overwrite(literal.start, literal.end, gap(requests.length));
    requests.push({ specifier, asImport, text: out.original.slice(literal.start, literal.end), line: lineOf(literal.start), guarded: isGuarded(ancestors) });
  };
  for (const node of nodesOf(ast)) {
    if (node.type === 'ImportExpression') {
      out.overwrite(node.start, node.start + 'import'.length, '__import');
      request(node.source, true, ancestorsOf(node));
    } else if (node.type === 'VariableDeclarator' && esm && node.id.name === '__toESM' && node.init) {
      out.overwrite(node.init.start, node.init.end, '__toEsm'); // the runtime's knows which targets were ESM themselves
    } else if (node.type === 'CallExpression') {
      const { callee, arguments: args } = node;
      const isRequire = callee.type === 'Identifier' && callee.name === 'require' && args.length > 0;
      const isResolve = callee.type === 'MemberExpression' && callee.object.name === 'require' && callee.property.name === 'resolve';
      if (!isRequire && !isResolve) continue;
      const ancestors = ancestorsOf(node);
      if (isShadowed(ancestors)) continue;
      if (isResolve) request(args[0], false, ancestors);
      else if (args[0].value === 'bindings') out.overwrite(node.start, node.end, '__bindings(__filename)');
      else request(args[0], esm, ancestors);
    }
  }
  return { requests, computed };
}

/** @param {any} node @returns {string|null} null: it is computed */
function constantText(node) {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  return node?.type === 'TemplateLiteral' && node.expressions.length === 0 ? node.quasis[0].value.cooked : null;
}

/** Bundles inside packages pass `require` as a parameter; that one is not ours. @param {any[]} ancestors */
const isShadowed = (ancestors) => ancestors.some((a) => /Function/.test(a.type) && a.params.some((/** @type {any} */ p) => p.type === 'Identifier' && p.name === 'require'));

/** @param {any[]} ancestors */
const isGuarded = (ancestors) => ancestors.some((node, index) => node.type === 'TryStatement' && node.handler && ancestors[index + 1] === node.block);

/** Lines of growing offsets, without a look at the same text twice. @param {string} text */
function lineCounter(text) {
  let line = 1;
  let at = 0;
  return (/** @type {number} */ offset) => {
    if (offset < at) [line, at] = [1, 0];
    for (let next = text.indexOf('\n', at); next !== -1 && next < offset; next = text.indexOf('\n', at)) {
      line++;
      at = next + 1;
    }
    return line;
  };
}
