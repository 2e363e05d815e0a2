/** What the executable is compiled with (compile/bun.js defines the same). */
export const DEFINED = /** @type {Record<string, string>} */ ({ NODE_ENV: 'production', __NEXT_DEV_SERVER: '', NEXT_MINIMAL: '' });

/**
 * Whether an expression or statement can never run in production: `if (process.env.NODE_ENV !== "production") require("./dev")`.
 * Its requires are no links; else Next's whole development half would be in the executable's hot part.
 *
 * @param {any[]} ancestors outermost first, the node itself last
 */
export function isDead(ancestors) {
  return ancestors.some((node, index) => {
    const child = ancestors[index + 1];
    if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') {
      if (child === node.test) return false;
      const test = constant(node.test);
      return test !== undefined && child === (test.value ? node.alternate : node.consequent);
    }
    if (node.type !== 'LogicalExpression' || child !== node.right || node.operator === '??') return false;
    const left = constant(node.left);
    return left !== undefined && (node.operator === '&&' ? !left.value : Boolean(left.value));
  });
}

/** @param {any} node @returns {{value: any}|undefined} */
function constant(node) {
  if (node.type === 'Literal') return node.regex ? undefined : { value: node.value };
  if (node.type === 'MemberExpression') return definedVariable(node);
  if (node.type === 'ParenthesizedExpression') return constant(node.expression);
  if (node.type === 'UnaryExpression' && node.operator === '!') {
    const argument = constant(node.argument);
    return argument && { value: !argument.value };
  }
  if (node.type === 'LogicalExpression') return logical(node);
  if (node.type !== 'BinaryExpression' || !/^[!=]==?$/.test(node.operator)) return undefined;
  const left = constant(node.left);
  const right = constant(node.right);
  // Strings only: for them == and === are one.
  if (typeof left?.value !== 'string' || typeof right?.value !== 'string') return undefined;
  return { value: (left.value === right.value) === node.operator.startsWith('=') };
}

/** Decided by one side alone where that side decides it: `"production" !== "production" && dev`. @param {any} node */
function logical(node) {
  const sides = [constant(node.left), constant(node.right)];
  if (node.operator === '&&' && sides.some((side) => side && !side.value)) return { value: false };
  if (node.operator === '||' && sides.some((side) => side?.value)) return { value: true };
  return sides[0] && sides[1] && node.operator !== '??' ? { value: Boolean(sides[1].value) } : undefined;
}

/** `process.env.NAME` or `process.env["NAME"]` of a defined name. @param {any} node */
function definedVariable(node) {
  const { object } = node;
  if (object.type !== 'MemberExpression' || object.computed || object.object.name !== 'process' || object.property.name !== 'env') return undefined;
  const name = node.computed ? node.property.value : node.property.name;
  return typeof name === 'string' && Object.hasOwn(DEFINED, name) ? { value: DEFINED[name] } : undefined;
}
