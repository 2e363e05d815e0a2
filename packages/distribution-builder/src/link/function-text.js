import { fullAncestor } from 'acorn-walk';
import { ancestorsOf, nodesOf } from './nodes.js';

/**
 * The text of a function is content: theme switchers write one into the page (`(${script.toString()})(…)`), and a hash
 * in a Content-Security-Policy may stand for it. Bun prints every function anew ("class"===a becomes a==="class"), so
 * where a function is turned into text by its name, the text is put in at build: exactly what node would give.
 *
 * @param {import('acorn').Node} ast @param {import('magic-string').default} out
 */
export function keepFunctionText(ast, out) {
  if (!/\btoString\b|\bString\(|\$\{/.test(out.original)) return;
  for (const node of nodesOf(ast)) {
    for (const [identifier, place] of asText(node)) {
      const found = binding(identifier.name, ancestorsOf(node));
      if (found && isFunction(found.value) && !isChanged(identifier.name, found)) {
        out.overwrite(place.start, place.end, JSON.stringify(out.original.slice(found.value.start, found.value.end)));
      }
    }
  }
}

/** Identifiers that become text here, and what the text takes the place of. @param {any} node @returns {[any, any][]} */
function asText(node) {
  if (node.parent?.type === 'TaggedTemplateExpression') return []; // a tag gets the function itself
  if (node.type === 'TemplateLiteral') return node.expressions.filter((/** @type {any} */ e) => e.type === 'Identifier').map((/** @type {any} */ e) => [e, e]);
  if (node.type !== 'CallExpression' || node.optional) return [];
  const { callee, arguments: args } = node;
  const isToString = callee.type === 'MemberExpression' && !callee.computed && !callee.optional && callee.property.name === 'toString' && args.length === 0;
  if (isToString && callee.object.type === 'Identifier') return [[callee.object, node]];
  return callee.name === 'String' && args.length === 1 && args[0].type === 'Identifier' ? [[args[0], node]] : [];
}

/** @param {any} node */
const isFunction = (node) => /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/.test(node?.type);

/**
 * What a name means at a place, if exactly one declaration says so.
 * @param {string} name @param {any[]} ancestors @returns {{value: any, scope: any, declaration: any}|null} scope: the node that the name is known in
 */
function binding(name, ancestors) {
  for (const scope of [...ancestors].reverse()) {
    /** @type {any[]} */
    const found = [];
    if (/Function/.test(scope.type)) {
      if (scope.params.some((/** @type {any} */ param) => mentions(param, name))) return null;
      found.push(...variables(scope.body, name, true));
      if (found.length === 0 && scope.type === 'FunctionExpression' && scope.id?.name === name) return { value: scope, scope, declaration: scope };
    } else if (scope.type === 'Program') found.push(...variables(scope, name, true));
    else if (/^(BlockStatement|StaticBlock)$/.test(scope.type)) found.push(...variables(scope, name, false));
    else if (/^(For|Switch|Class|Catch)/.test(scope.type) && declaresElsewhere(scope, name)) return null;
    if (found.length > 1) return null;
    if (found.length === 1) return { value: found[0].init ?? found[0], scope, declaration: found[0] };
  }
  return null;
}

/**
 * Declarations of a name in a block; those by `var` in blocks inside of it too, where it is a function's body.
 * @param {any} block @param {string} name @param {boolean} deep @returns {any[]}
 */
function variables(block, name, deep) {
  /** @type {any[]} */
  const found = [];
  if (!Array.isArray(block.body)) return found;
  for (const statement of block.body) {
    const one = /^Export(Named|Default)/.test(statement.type) ? (statement.declaration ?? statement) : statement;
    if (/^(Function|Class)Declaration$/.test(one.type) && one.id?.name === name) found.push(one);
    if (one.type === 'ImportDeclaration' && one.specifiers.some((/** @type {any} */ s) => s.local.name === name)) found.push(one);
    if (one.type === 'VariableDeclaration') found.push(...one.declarations.filter((/** @type {any} */ d) => mentions(d.id, name)));
  }
  if (deep && found.length === 0) {
    fullAncestor(block, (/** @type {any} */ node, /** @type {any} */ _state, /** @type {any[]} */ ancestors) => {
      if (node.type !== 'VariableDeclaration' || node.kind !== 'var' || ancestors.some((a) => /Function|StaticBlock/.test(a.type))) return;
      found.push(...node.declarations.filter((/** @type {any} */ d) => mentions(d.id, name)));
    });
  }
  return found;
}

/** @param {any} pattern @param {string} name */
function mentions(pattern, name) {
  let found = false;
  fullAncestor(pattern, (/** @type {any} */ node) => void (found ||= node.type === 'Identifier' && node.name === name));
  return found;
}

/** Loops, switches, classes and catch clauses that have names of their own: what they mean is not looked for. @param {any} scope @param {string} name */
function declaresElsewhere(scope, name) {
  const heads = [scope.init, scope.left, scope.param, scope.id, ...(scope.cases ?? []).flatMap((/** @type {any} */ c) => c.consequent)];
  return heads.some((head) => head && /Declar|Pattern|Identifier/.test(head.type) && mentions(head, name));
}

/** @param {string} name @param {{scope: any, declaration: any}} found */
function isChanged(name, { scope, declaration }) {
  let changed = declaration.type === 'ClassDeclaration' || (declaration.id?.type !== 'Identifier' && declaration.type !== 'FunctionExpression');
  fullAncestor(scope, (/** @type {any} */ node) => {
    if (node.type === 'AssignmentExpression' && mentions(node.left, name) && node.left.type !== 'MemberExpression') changed = true;
    if (/^For(In|Of)Statement$/.test(node.type) && node.left.type !== 'VariableDeclaration' && mentions(node.left, name)) changed = true;
    // A toString of its own.
    if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression' && node.left.object.name === name && /^(toString|valueOf)$/.test(node.left.property.name ?? '')) changed = true;
  });
  return changed;
}
