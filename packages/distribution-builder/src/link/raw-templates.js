import { ancestorsOf, nodesOf } from './nodes.js';

/**
 * Bun writes what is not ASCII as \u escapes, in the raw text of a tagged template as well, where they are not the same:
 * String.raw`é` would give \u00e9. Such a template becomes the call that it is, with the object that a tag is given: frozen,
 * with `raw`, and the same one each time.
 *
 * @param {import('acorn').Node} ast @param {import('magic-string').default} out
 */
export function keepRawTemplates(ast, out) {
  let count = 0;
  let prefix = '__template';
  while (out.original.includes(prefix)) prefix += '_';
  for (const node of nodesOf(ast)) {
    if (node.type !== 'TaggedTemplateExpression' || !node.quasi.quasis.some((/** @type {any} */ part) => /[^\0-\x7f]/.test(part.value.raw))) continue;
    const { quasis, expressions } = node.quasi;
    const name = `${prefix}${count++}`;
    const cooked = quasis.map((/** @type {any} */ part) => (typeof part.value.cooked === 'string' ? JSON.stringify(part.value.cooked) : 'void 0'));
    const raw = quasis.map((/** @type {any} */ part) => JSON.stringify(part.value.raw));
    const object = `${name}??=Object.freeze(Object.defineProperty([${cooked}],"raw",{value:Object.freeze([${raw}])}))`;
    const starts = [node.tag.end, ...expressions.map((/** @type {any} */ one) => one.end)];
    const ends = [...expressions.map((/** @type {any} */ one) => one.start), node.end];
    for (const [index, start] of starts.entries()) {
      const first = index === 0 ? `(${object}` : ')';
      const last = index === expressions.length ? ')' : ',(';
      out.overwrite(start, ends[index], first + last);
    }
    // `new tag`x`()` makes one of what the tag gives.
    if (ancestorsOf(node).some((one) => one.type === 'NewExpression' && one.callee.start <= node.start && node.end <= one.callee.end)) {
      out.appendRight(node.start, '(');
      out.appendLeft(node.end, ')');
    }
  }
  if (count > 0) out.append(`\n;var ${Array.from({ length: count }, (_one, index) => `${prefix}${index}`).join()};`);
}
