import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyPatches } from './patches/index.js';
import { makeResolver } from './resolver.js';
import { transform } from './transform.js';

/**
 * @typedef {object} Module
 * @property {number} id index in the executable's array
 * @property {string} path below the root
 * @property {boolean} hot reached statically from the server or a page: compiled to bytecode. Else stored as text
 * @property {boolean} esm was ESM in source
 * @property {boolean} [awaits] has top-level awaits itself
 * @property {string} code wrapper body, links as `"@link:<path>"` until `numberLinks`
 */

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
 * @param {{entries: string[], others: string[]}} roots paths below the root
 * @returns {{modules: Module[], unresolved: string[]}}
 */
export function linkModules(tree, { entries, others }) {
  const resolve = makeResolver(tree);
  const isEsm = makeIsEsm(tree.root);
  /** @type {Map<string, Module>} */
  const modules = new Map();
  /** @type {Module[]} */
  const queue = [];
  /** @type {string[]} */
  const unresolved = [];
  /** @param {string} path @param {boolean} hot */
  const add = (path, hot) => {
    if (modules.has(path)) return;
    const file = /** @type {string} */ (tree.files.get(path));
    const module = { id: modules.size, path, hot, esm: /\.[cm]?js$/.test(path) && isEsm(file), code: '' };
    modules.set(path, module);
    queue.push(module);
  };
  const drain = () => {
    for (let module = queue.shift(); module; module = queue.shift()) {
      const file = /** @type {string} */ (tree.files.get(module.path));
      if (module.path.endsWith('.json')) module.code = `module.exports=${JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))}`;
      else if (module.path.endsWith('.node')) module.code = `module.exports=__addon(${JSON.stringify(module.path)})`;
      else linkScript(module, file);
    }
  };
  /** @param {Module} module @param {string} file */
  const linkScript = (module, file) => {
    const ofNext = module.path.startsWith(`${tree.next}/`) ? module.path.slice(tree.next.length) : null;
    let source = readFileSync(file, 'utf8');
    if (ofNext) source = applyPatches(ofNext, source, tree.nextMajor);
    const lazy = module.hot && ofNext !== null && ofNext.startsWith('/dist/') && !ofNext.startsWith('/dist/compiled/');
    try {
      const done = transform({ path: module.path, source, esm: module.esm, lazy, resolve: (specifier, asImport) => resolve(file, specifier, asImport) });
      module.code = done.code;
      module.awaits = done.awaits;
      unresolved.push(...done.unresolved.map((specifier) => `${specifier} <- ${module.path}`));
      for (const link of done.links) add(link, module.hot);
    } catch (error) {
      // A template or a test file of a package need not be valid JavaScript; it fails if something loads it.
      const reason = String(error instanceof Error ? error.message : error).split('\n')[0];
      module.code = `throw new SyntaxError(${JSON.stringify(`${module.path} cannot be linked: ${reason}`)})`;
      unresolved.push(`cannot be linked: ${module.path}: ${reason}`);
    }
  };
  for (const path of entries) add(path, true);
  drain();
  for (const path of others) add(path, false);
  drain();
  return { modules: [...modules.values()], unresolved };
}

/** `"@link:<path>"` -> the module's number. @param {Module[]} modules */
export function numberLinks(modules) {
  const ids = new Map(modules.map((module) => [module.path, module.id]));
  for (const module of modules) {
    module.code = module.code.replace(/"@link:((?:[^"\\]|\\.)*)"/g, (_all, path) => String(ids.get(JSON.parse(`"${path}"`))));
  }
}
