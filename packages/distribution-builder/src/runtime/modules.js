import fs from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, resolve } from 'node:path';
import { builtin } from './builtins.js';
import { EMBEDDED, ROOT, data } from './data.js';
import { externalFile, requireExternal } from './externals.js';
import { belowRoot, exists, followLinks, read } from './files.js';
import { loadAddon } from './natives.js';
import { isPending, ready, startWaiting } from './waiting.js';
import { findModule, pathOf } from './resolve.js';

/** The CommonJS loader: modules by their reference where the linker knew them, by name where the name is computed. */

/** @type {any[]} */
const loaded = new Array(data.paths.length);
/** Reference -> id. */
const ids = new Map(data.references.map((reference, id) => [reference, id]));
const esm = new Set(data.esm);
const waiting = new Set(data.waiting);
const AsyncFunction = /** @type {FunctionConstructor} */ ((async () => {}).constructor);
/** Namespaces of modules that were ESM; everything else gets a `default`. */
const namespaces = new WeakSet();
const builtins = new Set(builtinModules);
/** @type {Buffer|undefined} */
let coldText;

/** @param {string} name */
const isBuiltin = (name) => /^(node|bun|nextcore):/.test(name) || builtins.has(name);

const PARAMETERS = ['module', 'exports', 'require', '__filename', '__dirname', '__import', '__toEsm', '__bindings', '__addon'];

/** A cold module is text until it is asked for. @param {number} id */
function compileCold(id) {
  coldText ??= fs.readFileSync(`${EMBEDDED}/cold`);
  const [start, length] = /** @type {[number, number]} */ (data.cold[id]);
  const Kind = waiting.has(id) ? AsyncFunction : Function;
  return new Kind(...PARAMETERS, `${coldText.toString('utf8', start, start + length)}\n//# sourceURL=${pathOf(id)}`);
}

/** @param {number} id @returns {any} the module's exports */
export function load(id) {
  const known = loaded[id];
  if (known) {
    if (esm.has(id)) namespaces.add(known.exports); // in a circle it is not at its end yet
    return known.exports;
  }
  const filename = pathOf(id);
  const path = dirname(filename);
  const require = makeRequire(filename);
  const module = { exports: {}, id: filename, filename, path, loaded: false, children: [], paths: [], require };
  loaded[id] = module;
  const wrapper = (data.functions[id] ??= data.strict[id] ?? compileCold(id));
  try {
    const done = wrapper.call(module.exports, module, module.exports, require, filename, path, makeImport(filename, require, id), toEsm, bindings, loadAddon);
    if (waiting.has(id)) startWaiting(id, done, () => (loaded[id] = undefined));
  } catch (error) {
    loaded[id] = undefined; // as node does: the next require tries again
    throw error;
  }
  module.loaded = true;
  if (esm.has(id)) asNamespace(module.exports);
  return module.exports;
}

/** @param {any} exports of a module that was ESM */
function asNamespace(exports) {
  namespaces.add(exports);
  if (exports && typeof exports === 'object') Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module', configurable: true });
}

/** @param {string} specifier @param {string} from */
function notFound(specifier, from) {
  return Object.assign(new Error(`Cannot find module '${specifier}'\nRequire stack:\n- ${from}`), { code: 'MODULE_NOT_FOUND', requireStack: [from] });
}

/** @param {string} from absolute */
export function makeRequire(from) {
  /** @param {string|number} specifier @returns {any} */
  function require(specifier) {
    if (typeof specifier === 'number') return loadNow(idOf(specifier));
    if (isBuiltin(specifier)) return builtin(specifier, makeRequire);
    const outside = externalFile(from, specifier, false);
    if (outside) return requireExternal(outside);
    const id = findModule(from, specifier, false);
    if (id !== undefined) return loadNow(id);
    if (/^[./]/.test(specifier)) {
      const path = belowRoot(resolve(dirname(from), specifier));
      const text = path === null ? undefined : (read(path) ?? read(`${path}.json`));
      if (text !== undefined && /(\.json|\/[^./]+)$/.test(/** @type {string} */ (path))) return JSON.parse(text.toString());
    }
    throw notFound(specifier, from);
  }
  /** @param {string|number} specifier */
  require.resolve = (specifier) => {
    if (typeof specifier === 'string' && isBuiltin(specifier)) return specifier;
    const outside = typeof specifier === 'string' && externalFile(from, specifier, false);
    if (outside) return outside;
    const id = typeof specifier === 'number' ? idOf(specifier) : findModule(from, specifier, false);
    if (id !== undefined) return pathOf(id);
    const path = /^[./]/.test(String(specifier)) ? belowRoot(resolve(dirname(from), String(specifier))) : null;
    if (path !== null && exists(path)) return ROOT + path;
    throw notFound(String(specifier), from);
  };
  require.resolve.paths = () => [];
  require.cache = {};
  require.extensions = { '.js': () => {}, '.json': () => {}, '.node': () => {} }; // libraries test that they are there
  require.main = /** @type {any} */ (undefined);
  return require;
}

/** @param {number} reference the linker wrote it */
const idOf = (reference) => /** @type {number} */ (ids.get(reference));

/** @param {number} id a module that `require` asks for */
function loadNow(id) {
  const exports = load(id);
  if (isPending(id)) throw Object.assign(new Error(`require() cannot be used on an ES module with top-level await: ${pathOf(id)}. Use import() instead.`), { code: 'ERR_REQUIRE_ASYNC_MODULE' });
  return exports;
}

/** @param {number} id @param {number} [importer] @returns {Promise<any>|any} its exports, after its top-level awaits */
function loadLater(id, importer) {
  const exports = load(id);
  return isPending(id) ? ready(id, importer).then(() => exports) : exports;
}

/** @param {string} from @param {(specifier: string|number) => any} require @param {number} own id */
function makeImport(from, require, own) {
  const load = async (/** @type {any} */ specifier) => {
    if (typeof specifier === 'number') return namespace(await loadLater(idOf(specifier)));
    const name = String(specifier);
    if (name.startsWith('data:')) return (0, eval)('(s) => import(s)')(name);
    if (isBuiltin(name)) return namespace(builtin(name, makeRequire));
    const outside = externalFile(from, name, true);
    if (outside) return (0, eval)('(s) => import(s)')(outside);
    const id = findModule(from, name, true);
    return namespace(id === undefined ? require(name) : await loadLater(id));
  };
  return Object.assign(load, { wait: (/** @type {number} */ reference) => loadLater(idOf(reference), own) });
}

/** @param {any} exports */
const isNamespace = (exports) => exports && typeof exports === 'object' && (namespaces.has(exports) || exports[Symbol.toStringTag] === 'Module');

/** What `import()` of a module gives: {default, ...names} for CommonJS. @param {any} exports */
const namespace = (exports) => (isNamespace(exports) ? exports : withNames({ default: exports }, exports));

/** Replaces esbuild's __toESM, which cannot know that a target was ESM before it was converted. @param {any} exports */
export const toEsm = (exports) => (exports && typeof exports === 'object' && namespaces.has(exports) ? exports : withNames({ default: exports }, exports));

/** @param {any} target @param {any} source */
function withNames(target, source) {
  if (source === null || (typeof source !== 'object' && typeof source !== 'function')) return target;
  for (const name of Object.getOwnPropertyNames(source)) {
    if (name === 'default' || Object.hasOwn(target, name)) continue;
    Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => source[name] });
  }
  return target;
}

/** The `bindings` package finds its caller by stack trace, which has no files here. @param {string} from */
function bindings(from) {
  return (/** @type {any} */ options) => {
    const given = typeof options === 'string' ? options : (options?.bindings ?? 'bindings');
    const name = given.endsWith('.node') ? given : `${given}.node`;
    for (let dir = dirname(belowRoot(from) ?? '/'); ; dir = dirname(dir)) {
      for (const place of ['build', 'build/Release', 'build/Debug', 'lib/binding']) {
        const path = followLinks(`${dir}/${place}/${name}`);
        if (data.addons[path]) return loadAddon(path);
      }
      if (dir === '/') throw new Error(`Could not locate the bindings file ${name} for ${from}`);
    }
  };
}
