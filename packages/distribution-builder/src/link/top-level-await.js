import { ancestorsOf, nodesOf } from './nodes.js';
import { isBuiltin } from './resolver.js';

/**
 * Top-level await of ES modules. A CommonJS wrapper cannot wait, and esbuild refuses to make CommonJS of such a module.
 * So before the conversion each await becomes a call, and after it an await again, in a wrapper that is an async
 * function. Whoever imports such a module statically has to wait as well; who that is, is known when all is linked.
 */

const AWAIT = '__nextcoreAwait';
const EACH = '__nextcoreEach';
/** A static import of a converted ES module, until `settleImports` says whether it waits. */
const STATIC = '__nextcoreStatic';

/** @param {any} node */
const isTopLevel = (node) => !ancestorsOf(node).some((one) => /Function/.test(one.type));

/** `bindings` is replaced as a whole (requests.js). @param {any} specifier */
const isModule = (specifier) => specifier?.type !== 'Literal' || (specifier.value !== 'bindings' && !isBuiltin(specifier.value));

/**
 * Before esbuild: `await x` -> a call.
 * @param {import('acorn').Node} ast of an ES module
 * @param {import('magic-string').default} out
 * @returns {boolean} whether there was one
 */
export function hideAwaits(ast, out) {
  let found = false;
  for (const node of nodesOf(ast)) {
    const isLoop = node.type === 'ForOfStatement' && node.await;
    if ((node.type !== 'AwaitExpression' && !isLoop) || !isTopLevel(node)) continue;
    found = true;
    if (!isLoop) {
      out.overwrite(node.start, node.start + 'await'.length, `${AWAIT}(`);
      out.appendLeft(node.end, ')');
    } else {
      const at = out.original.indexOf('await', node.start);
      out.remove(at, at + 'await'.length);
      out.appendRight(node.right.start, `${EACH}(`);
      out.appendLeft(node.right.end, ')');
    }
  }
  return found;
}

/**
 * After esbuild: awaits again, and static imports marked.
 * @param {import('acorn').Node} ast of the converted script
 * @param {import('magic-string').default} out
 */
export function showAwaits(ast, out) {
  for (const node of nodesOf(ast)) {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') continue;
    const { name } = node.callee;
    if (!['require', AWAIT, EACH].includes(name) || !isTopLevel(node)) continue;
    if (name === 'require' && isModule(node.arguments[0])) out.overwrite(node.callee.start, node.callee.end, STATIC);
    if (name === AWAIT) {
      out.appendRight(node.start, '(');
      out.overwrite(node.callee.start, node.callee.end, 'await');
      out.appendLeft(node.end, ')');
    }
    if (name === EACH) {
      const loop = node.parent;
      out.appendLeft(loop.start + 'for'.length, ' await');
      out.overwrite(node.callee.start, node.callee.end, '');
    }
  }
}

/**
 * Once references stand in the code: static imports of waiting modules wait, all others are plain requires.
 * @param {import('./modules.js').Module[]} modules their code is completed
 * @returns {Set<number>} ids of modules whose wrapper is an async function
 */
export function settleImports(modules) {
  const imports = new RegExp(`\\b${STATIC}\\((\\d+)\\)`, 'g');
  const waiting = new Set(modules.filter((module) => module.awaits).map((module) => module.id));
  const ids = new Map(modules.map((module) => [String(module.reference), module.id]));
  /** @type {Map<number|undefined, number[]>} */
  const importers = new Map();
  for (const module of modules) {
    if (!module.esm) continue;
    for (const [, reference] of module.code.matchAll(imports)) {
      const id = ids.get(reference);
      importers.set(id, [...(importers.get(id) ?? []), module.id]);
    }
  }
  // A set's iteration reaches what is added meanwhile.
  for (const id of waiting) for (const importer of importers.get(id) ?? []) waiting.add(importer);
  for (const module of modules) {
    if (!module.esm) continue;
    module.code = module.code.replace(imports, (_all, reference) => (waiting.has(/** @type {number} */ (ids.get(reference))) ? `(await __import.wait(${reference}))` : `require(${reference})`)).replaceAll(`${STATIC}(`, 'require(');
  }
  return waiting;
}
