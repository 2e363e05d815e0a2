import { ancestorsOf, nodesOf } from './nodes.js';

/**
 * Keeps strict functions strict. Bun removes every "use strict" when it bundles, and with bytecode it prints a script:
 * all of Next, React and the app would run in sloppy mode, where `this` of a plain call is the global object and a
 * write to a frozen object is silent. What stands in a class is strict without a directive.
 *
 * A module that is strict as a whole goes into a class by program-text.js; here are functions with a directive of their
 * own: Turbopack and webpack write the app's ES modules as such functions, side by side in a file that is not strict.
 * Left as they are: declarations, which are hoisted; arrows that use the outer `this` or `arguments`; methods.
 *
 * @param {import('acorn').Node} ast @param {import('magic-string').default} out
 */
export function keepStrict(ast, out) {
  if (isStrict(/** @type {any} */ (ast).body)) return;
  /** @type {Set<any>|undefined} */
  let bound;
  for (const node of nodesOf(ast)) {
    if (!/^(Arrow)?FunctionExpression$/.test(node.type) || node.body.type !== 'BlockStatement' || !isStrict(node.body.body)) continue;
    if (ancestorsOf(node.parent).some(isStrictAround) || isMethod(node.parent, node)) continue;
    if (node.type === 'ArrowFunctionExpression' && (bound ??= boundArrows(ast)).has(node)) continue;
    const name = node.id ? null : nameByPlace(node.parent, node);
    if (name === undefined) continue;
    // A property names what it is given, `return` does not. No class field: JavaScriptCore refuses `arguments` in what
    // stands in one. The guard keeps Bun from taking the function out of the object.
    out.appendRight(node.start, name === null ? '(class{static m(){return ' : `(class{static m(){if(0)eval("");const __named={${name}:`);
    out.appendLeft(node.end, name === null ? '}}.m())' : `};return __named${name.startsWith('"') ? `[${name}]` : `.${name}`}}}.m())`);
  }
}

/** @param {any[]} statements */
export const isStrict = (statements) => statements.some((statement) => statement.directive === 'use strict');

/** @param {any} node */
const isStrictAround = (node) => /^Class/.test(node.type) || (/Function/.test(node.type) && node.body.type === 'BlockStatement' && isStrict(node.body.body));

/** @param {any} parent @param {any} node */
const isMethod = (parent, node) => parent.type === 'Property' && parent.value === node && (parent.method || parent.kind !== 'init');

/**
 * The name that an anonymous function gets from where it stands.
 * @param {any} parent @param {any} node @returns {string|null|undefined} null: none; undefined: one that a property cannot give
 */
function nameByPlace(parent, node) {
  const named = (/** @type {string} */ name) => (/^"?__proto__"?$/.test(name) ? undefined : name);
  if (parent.type === 'VariableDeclarator') return named(parent.id.name);
  if (parent.type === 'AssignmentPattern' && parent.right === node) return parent.left.type === 'Identifier' ? named(parent.left.name) : null;
  if (parent.type === 'AssignmentExpression' && parent.right === node && /^(|\|\||&&|\?\?)=$/.test(parent.operator)) return parent.left.type === 'Identifier' ? named(parent.left.name) : null;
  if (parent.type !== 'Property' || parent.value !== node) return null;
  if (parent.computed) return undefined;
  return named(parent.key.type === 'Identifier' ? parent.key.name : JSON.stringify(String(parent.key.value)));
}

/** Arrows that take `this`, `arguments`, `super` or `new.target` from outside. @param {import('acorn').Node} ast */
function boundArrows(ast) {
  const bound = new Set();
  for (const node of nodesOf(ast)) {
    if (!/^(ThisExpression|Super|MetaProperty)$/.test(node.type) && !(node.type === 'Identifier' && node.name === 'arguments')) continue;
    for (let at = node; at && !/^Function|^(PropertyDefinition|StaticBlock)$/.test(at.type); at = at.parent) if (at.type === 'ArrowFunctionExpression') bound.add(at);
  }
  return bound;
}
