import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyPatches } from './patches/index.js';
import { referencesOf } from './references.js';
import { makeResolver } from './resolver.js';

/**
 * @typedef {object} Module
 * @property {number} id index in the executable's array
 * @property {number} reference what stands for it in the code of others
 * @property {string} path below the root
 * @property {boolean} hot reached statically from the server or a page: compiled to bytecode. Else stored as text
 * @property {boolean} esm was ESM in source
 * @property {boolean} awaits has top-level awaits itself
 * @property {boolean} strict
 * @property {string} code wrapper body; linked modules stand in it by their reference, static imports of ES modules marked until `settleImports`
 */

/**
 * @typedef {object} Unresolved a name that nothing traced answers, or one that is computed
 * @property {string} path of the module, below the root
 * @property {number} line
 * @property {'missing'|'computed'|'unreadable'} kind unreadable: the module itself is no JavaScript
 * @property {string} specifier '' unless missing
 * @property {boolean} expected the author of the module reckons with it: inside of `try`, or in a file that is never loaded
 * @property {string} atRunTime what happens when the line is reached
 */

/** @typedef {{path: string, hot: boolean, esm: boolean, pieces: string[], gaps: (string|null)[], requests: import('./requests.js').Request[], computed: number[], awaits: boolean, strict: boolean, failure?: string}} Draft */

/** Node's rule of what an ending means. @param {string} root */
export function makeIsEsm(root) {
  /** @type {Map<string, boolean>} */
  const types = new Map();
  /** @param {string} dir @returns {boolean} */
  const typeOf = (dir) => {
    const known = types.get(dir);
    if (known !== undefined) return known;
    const manifest = `${dir}/package.json`;
    let value = false;
    if (existsSync(manifest)) value = JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
    else if (dir.length > root.length) value = typeOf(dirname(dir));
    types.set(dir, value);
    return value;
  };
  /** @param {string} file */
  return (file) => file.endsWith('.mjs') || (!file.endsWith('.cjs') && typeOf(dirname(file)));
}

/**
 * Links from the entries outwards: first all that is reached statically (hot), then every other traced script, because
 * a loader with a computed name may ask for it at run time (cold).
 *
 * @param {import('../trace/tree.js').Tree} tree
 * @param {object} options
 * @param {string[]} options.entries paths below the root
 * @param {string[]} options.others paths below the root
 * @param {Map<string, string>} [options.standIns] modules that the runtime has itself -> their name there
 * @param {(source: import('./transform.js').Source) => Promise<import('./transform.js').Transformed>} options.transform
 * @returns {Promise<{modules: Module[], unresolved: Unresolved[]}>}
 */
export async function linkModules(tree, { entries, others, standIns, transform }) {
  const resolve = makeResolver(tree);
  const isEsm = makeIsEsm(tree.root);
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  /** @type {Unresolved[]} */
  const unresolved = [];
  /** @param {string} path @param {boolean} hot @returns {Promise<void>} settled when all that it reaches is linked, too */
  const visit = async (path, hot) => {
    if (drafts.has(path)) return;
    const file = /** @type {string} */ (tree.files.get(path));
    /** @type {Draft} */
    const draft = { path, hot, esm: /\.[cm]?js$/.test(path) && isEsm(file), pieces: [], gaps: [], requests: [], computed: [], awaits: false, strict: false };
    drafts.set(path, draft);
    if (path.endsWith('.json')) draft.pieces = [jsonModule(readFileSync(file, 'utf8'))];
    else if (/\.so(\.[\d.]+)?$/.test(path)) draft.failure = 'a shared library is no module';
    else if (standIns?.has(path)) draft.pieces = [`module.exports=require(${JSON.stringify(standIns.get(path))})`];
    else if (path.endsWith('.node')) draft.pieces = [`module.exports=__addon(${JSON.stringify(path)})`];
    else {
      Object.assign(draft, await script(draft, file));
      draft.gaps = draft.requests.map(({ specifier, asImport }) => resolve(file, specifier, asImport));
    }
    await Promise.all(draft.gaps.map((link) => link !== null && visit(link, hot)));
  };
  /** @param {Draft} draft @param {string} file */
  const script = async ({ path, hot, esm }, file) => {
    const ofNext = path.startsWith(`${tree.next}/`) ? path.slice(tree.next.length) : null;
    let source = readFileSync(file, 'utf8');
    if (ofNext) source = applyPatches(ofNext, source, tree.nextMajor);
    const lazy = hot && ofNext !== null && ofNext.startsWith('/dist/') && !ofNext.startsWith('/dist/compiled/');
    return transform({ source, esm, hot, lazy });
  };
  // Two rounds: what is hot does not depend on which thread was faster.
  await Promise.all(entries.map((path) => visit(path, true)));
  await Promise.all(others.map((path) => visit(path, false)));
  const ordered = inOrder(drafts, [...entries, ...others]);
  const list = referencesOf(ordered.map(({ path }) => path));
  const references = new Map(ordered.map(({ path }, id) => [path, list[id]]));
  for (const draft of ordered) unresolved.push(...missingOf(draft, tree.next));
  return { modules: ordered.map((draft, id) => ({ id, reference: list[id], path: draft.path, hot: draft.hot, esm: draft.esm, awaits: draft.awaits, strict: draft.strict, code: fill(draft, references) })), unresolved };
}

/** Breadth first from the roots: modules that are loaded together lie together. @param {Map<string, Draft>} drafts @param {string[]} roots */
function inOrder(drafts, roots) {
  /** @type {Set<Draft>} */
  const ordered = new Set();
  /** @param {string} path */
  const add = (path) => ordered.add(/** @type {Draft} */ (drafts.get(path)));
  for (const hot of [true, false]) {
    for (const path of roots) if (drafts.get(path)?.hot === hot) add(path);
    // A set's iteration reaches what is added meanwhile.
    for (const draft of ordered) for (const link of draft.gaps) if (link !== null) add(link);
  }
  return [...ordered];
}

/** @param {Draft} draft @param {Map<string, number>} references */
function fill({ path, pieces, gaps, requests, failure }, references) {
  // A template or a test file of a package need not be valid JavaScript; it fails if something loads it.
  if (failure !== undefined) return `throw new SyntaxError(${JSON.stringify(`${path} cannot be linked: ${failure}`)})`;
  return pieces.reduce((code, piece, index) => {
    const link = gaps[index - 1];
    return code + (link ? references.get(link) : requests[index - 1].text) + piece;
  });
}

/** Turbopack's and webpack's own loaders of the app's chunks, all of which are linked. */
const BUNDLER_RUNTIME = /\/server\/.*(\[turbopack\]_runtime|webpack(-api)?-runtime)\.js$/;

/** @param {Draft} draft @param {string} next folder of Next, which knows what it leaves out @returns {Unresolved[]} */
function missingOf({ path, hot, gaps, requests, computed, failure }, next) {
  const expected = !hot || path.startsWith(`${next}/`) || BUNDLER_RUNTIME.test(path);
  if (failure !== undefined) return [{ path, line: 1, kind: 'unreadable', specifier: '', expected: true, atRunTime: `loading it throws a SyntaxError: ${failure}` }];
  const missing = requests
    .filter((_request, index) => gaps[index] === null)
    .map(({ specifier, line, guarded }) => ({ path, line, kind: /** @type {const} */ ('missing'), specifier, expected: expected || guarded, atRunTime: 'it throws MODULE_NOT_FOUND' }));
  return [
    ...missing,
    ...computed.map((line) => ({ path, line, kind: /** @type {const} */ ('computed'), specifier: '', expected, atRunTime: 'the name is looked up among the traced files; what is not there throws MODULE_NOT_FOUND' })),
  ];
}

/** As an object literal, which Bun precompiles; but there `__proto__` is no name as any other. @param {string} text */
function jsonModule(text) {
  const json = JSON.stringify(JSON.parse(text));
  return `module.exports=${json.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(json)})` : json}`;
}
