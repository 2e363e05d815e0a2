import { parse } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { isDead } from '../../src/link/dead-branches.js';

/**
 * The linked modules as Bun printed them into an executable: path below the root -> the wrapper's syntax tree.
 * @param {Buffer} executable
 */
export function bundledModules(executable) {
  const at = executable.indexOf('globalThis.__nextcore=');
  const start = executable.lastIndexOf('(function', at);
  const program = /** @type {any} */ (parseScript(executable.toString('utf8', start, executable.indexOf(0, at))));
  const statements = program.body[0].expression.body.body;
  const assigned = (/** @type {string} */ name) => {
    for (const { expression } of statements) {
      for (const one of expression?.expressions ?? [expression]) {
        if (one?.type === 'AssignmentExpression' && one.left.property?.name === name) return one.right;
      }
    }
    throw new Error(`the executable's script sets no ${name}`);
  };
  const paths = assigned('__nextcore').properties.find((/** @type {any} */ p) => p.key.name === 'paths').value.elements.map((/** @type {any} */ e) => e.value);
  /** @type {Map<string, any>} */
  const modules = new Map();
  const strict = statements.map((/** @type {any} */ one) => one.expression).find((/** @type {any} */ one) => one?.type === 'ClassExpression').body.body[0].body[0].expression.right;
  for (const list of [assigned('functions'), strict]) {
    for (const [id, wrapper] of list.elements.entries()) if (wrapper && /Function/.test(wrapper.type)) modules.set(paths[id], wrapper.body);
  }
  return modules;
}

/** @param {string} source */
export function parseScript(source, sourceType = /** @type {'script'|'module'} */ ('script')) {
  return parse(source, { ecmaVersion: 'latest', sourceType, allowReturnOutsideFunction: true, allowHashBang: true });
}

/**
 * How often each name of a function or class occurs: its own, or the one it gets from what it is assigned to.
 * What can never run in production is left out, as Bun leaves it out.
 *
 * @param {import('acorn').Node} tree
 */
export function functionNames(tree) {
  /** @type {Map<string, number>} */
  const names = new Map();
  /** @param {any} id @param {any} [value] */
  const count = (id, value) => {
    if (id?.type !== 'Identifier' || (value && !isAnonymous(value))) return;
    names.set(id.name, (names.get(id.name) ?? 0) + 1);
  };
  fullAncestor(tree, (/** @type {any} */ node, /** @type {any} */ _state, /** @type {any[]} */ ancestors) => {
    if (isDead(ancestors)) return;
    if (/^(Function|Class)(Declaration|Expression)$/.test(node.type)) count(node.id);
    else if (node.type === 'VariableDeclarator' && node.init) count(node.id, alive(node.init));
    else if (node.type === 'AssignmentPattern' || (node.type === 'AssignmentExpression' && /^(|\|\||&&|\?\?)=$/.test(node.operator))) count(node.left, node.right);
  });
  return names;
}

/** What is left of `production ? a : b`; a function that becomes the whole value gets a name by it. @param {any} node @returns {any} */
function alive(node) {
  if (node.type !== 'ConditionalExpression') return node;
  const live = [node.consequent, node.alternate].filter((branch) => !isDead([node, branch]));
  return live.length === 1 ? alive(live[0]) : node;
}

/** @param {any} node */
const isAnonymous = (node) => /^(ArrowFunctionExpression|FunctionExpression|ClassExpression)$/.test(node.type) && !node.id;

/** @param {Map<string, number>} expected @param {Map<string, number>} found @returns {string[]} */
export function nameDifferences(expected, found) {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => (expected.get(name) ?? 0) !== (found.get(name) ?? 0))
    .map((name) => `${name}: ${expected.get(name) ?? 0} in the source, ${found.get(name) ?? 0} in the executable`);
}
