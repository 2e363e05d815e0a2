import { nodesOf } from './nodes.js';

/**
 * Turns Next's own top-level `const _x = require(y)` into a load at first use: most of what Next requires at start is
 * not needed for the first answer (exec to first answer 102-114 -> 90-99 ms).
 *
 * Done only for names that begin with `_` (what SWC gives imports), are declared once in the file, and only in
 * Next's own dist: there a module's evaluation has no side effect that others wait for, except those that are
 * required without a name, which stay eager.
 *
 * @param {import('acorn').Node} ast
 * @param {import('magic-string').default} out
 */
export function lazyRequires(ast, out) {
  const program = /** @type {any} */ (ast);
  /** @type {Map<string, any>} */
  const candidates = new Map();
  for (const statement of program.body) {
    if (statement.type !== 'VariableDeclaration' || statement.kind === 'let') continue;
    for (const declarator of statement.declarations) {
      if (declarator.id.type === 'Identifier' && declarator.id.name.startsWith('_') && (isRequire(declarator.init) || isInterop(declarator.init))) candidates.set(declarator.id.name, declarator);
    }
  }
  if (candidates.size === 0) return;
  const times = declarations(ast);
  for (const name of candidates.keys()) if (times.get(name) !== 1) candidates.delete(name);

  for (const [name, declarator] of candidates) {
    const load = out.slice(declarator.init.start, declarator.init.end);
    out.overwrite(declarator.start, declarator.end, `$${name},${name}=()=>$${name}!==void 0?$${name}:$${name}=${load}`);
  }
  for (const statement of program.body) {
    const changed = statement.type === 'VariableDeclaration' && statement.declarations.some((/** @type {any} */ d) => candidates.get(d.id.name) === d);
    if (changed && statement.kind === 'const') out.overwrite(statement.start, statement.start + 'const'.length, 'var');
  }
  for (const node of nodesOf(ast)) {
    if (node.type !== 'Identifier' || !candidates.has(node.name)) continue;
    const declarator = candidates.get(node.name);
    if (node.start >= declarator.start && node.end <= declarator.end) continue;
    const { parent } = node;
    if (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) continue;
    if (parent.type === 'Property' && parent.key === node && !parent.computed && !parent.shorthand) continue;
    if (parent.type === 'Property' && parent.shorthand) out.appendLeft(node.end, `:${node.name}()`);
    else out.overwrite(node.start, node.end, `(${node.name}())`);
  }
}

/** @param {any} node */
const isRequire = (node) => node?.type === 'CallExpression' && node.callee.name === 'require' && node.arguments.length === 1 && node.arguments[0].type === 'Literal';

/** @param {any} node */
const isInterop = (node) => node?.type === 'CallExpression' && /^_interop_require_(default|wildcard)$/.test(node.callee.name ?? '') && node.arguments.length === 1 && isRequire(node.arguments[0]);

/** How often each name is declared anywhere in the file. @param {import('acorn').Node} ast */
function declarations(ast) {
  /** @type {Map<string, number>} */
  const times = new Map();
  /** @param {any} pattern */
  const count = (pattern) => {
    if (!pattern) return;
    if (pattern.type === 'Identifier') times.set(pattern.name, (times.get(pattern.name) ?? 0) + 1);
    else if (pattern.type === 'ObjectPattern') pattern.properties.forEach((/** @type {any} */ p) => count(p.value ?? p.argument));
    else if (pattern.type === 'ArrayPattern') pattern.elements.forEach(count);
    else if (pattern.type === 'AssignmentPattern') count(pattern.left);
    else if (pattern.type === 'RestElement') count(pattern.argument);
  };
  for (const node of nodesOf(ast)) {
    if (node.type === 'VariableDeclarator') count(node.id);
    else if (/Function/.test(node.type)) [...node.params, node.id].forEach(count);
    else if (node.type === 'CatchClause') count(node.param);
    else if (node.type === 'ClassDeclaration') count(node.id);
  }
  return times;
}
