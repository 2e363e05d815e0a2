import { nodesOf } from './nodes.js';

/**
 * Keeps esbuild and Bun from renaming.
 *
 * Both rename a nested binding that shadows an outer one (l -> l2), without identifier minification and with
 * --keep-names. Function.name is data, though: Partial Prerendering stores component names at build and compares them
 * at resume; a renamed one falls back to client rendering, silently, with status 200. A scope that holds a direct eval
 * may not be renamed; `if(0)eval("")` makes each scope such a one and is dropped from the output as dead code
 * (size and cold start unchanged; about 1,000 of 19,000 functions of one app were renamed without it).
 *
 * Guarded names are reserved in the whole bundle: one scope without a guard is renamed all the more. So empty functions
 * and named classes without a method have one, too; in the latter Bun leaves an empty static block behind.
 *
 * @param {import('acorn').Node} ast
 * @param {import('magic-string').default} out receives the insertions
 * @param {boolean} [skipInterop] leave esbuild's own __toESM helper as it is
 */
export function guardNames(ast, out, skipInterop = false) {
  const nodes = nodesOf(ast);
  const interop = skipInterop ? nodes.filter((node) => node.type === 'VariableDeclarator' && node.id.name === '__toESM') : [];
  for (const node of nodes) {
    if (interop.some((helper) => helper.start <= node.start && node.end <= helper.end)) continue;
    const { parent } = node;
    const isFunctionBody = parent && /Function/.test(parent.type) && parent.body === node;
    if (node.type === 'ArrowFunctionExpression' && node.expression) {
      out.appendRight(node.body.start, '(0&&eval(""),');
      out.appendLeft(node.body.end, ')');
    } else if (node.type === 'ClassExpression' && node.id && !hasMethod(node) && !isFunctionBody) {
      out.appendRight(node.body.start + 1, `static{${GUARD}}`);
    } else if (node.type === 'BlockStatement' || node.type === 'Program' || node.type === 'StaticBlock') {
      if (node.body.length > 0) guardBlock(node, isFunctionBody || node.type === 'Program', out);
      else if (parent?.type === 'FunctionExpression' && parent.id) out.appendRight(node.start + 1, GUARD);
    } else if (node.type === 'SwitchStatement') {
      const declares = node.cases.some((/** @type {any} */ c) => c.consequent.some((/** @type {any} */ s) => declaresName(s) || s.type === 'VariableDeclaration'));
      const first = node.cases.find((/** @type {any} */ c) => c.consequent.length > 0);
      if (declares && first) out.appendRight(first.consequent[0].start, GUARD);
    }
  }
}

const GUARD = 'if(0)eval("");';

/** A guard inside of a method counts for the scopes around it. @param {any} node a class */
const hasMethod = (node) => node.body.body.some((/** @type {any} */ member) => member.type === 'MethodDefinition' && member.value.body.body.length > 0);

/** @param {any} statement */
const declaresName = (statement) => /^(FunctionDeclaration|ClassDeclaration)$/.test(statement.type) || (statement.type === 'VariableDeclaration' && statement.kind !== 'var');

/** @param {any} block @param {boolean} always @param {import('magic-string').default} out */
function guardBlock(block, always, out) {
  if (!(always || block.body.some(declaresName))) return;
  const directives = block.body.filter((/** @type {any} */ s) => s.directive);
  if (directives.length > 0) out.appendRight(directives.at(-1).end, `;${GUARD}`);
  else if (block.type === 'Program') out.appendRight(0, GUARD);
  else out.appendRight(block.type === 'StaticBlock' ? block.body[0].start : block.start + 1, GUARD);
}
