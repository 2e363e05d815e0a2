import module from 'node:module';
import vm from 'node:vm';
import { fileURLToPath } from 'node:url';
import { ROOT, data } from './data.js';
import { belowRoot } from './files.js';
import { fsFacade } from './fs-facade.js';

/** Node's own modules as linked code sees them: three of them stand in front of the embedded files. */

/** @type {Record<string, any>} */
const facades = {};
const native = module.createRequire('/');

/** @typedef {(from: string) => (specifier: string) => any} MakeRequire the loader's own: `module.createRequire` leads back to it */

/** @param {string} name @param {MakeRequire} makeRequire @returns {any} */
export function builtin(name, makeRequire) {
  const bare = name.replace(/^node:/, '');
  return (facades[bare] ??= make(bare, name, makeRequire));
}

/** @param {string} bare @param {string} name @param {MakeRequire} makeRequire */
function make(bare, name, makeRequire) {
  if (bare === 'fs') return fsFacade();
  if (bare === 'fs/promises') return builtin('fs', makeRequire).promises;
  if (bare === 'vm') return vmFacade();
  if (bare === 'module') return moduleFacade(makeRequire);
  if (bare === 'nextcore:better-sqlite3') return require('./better-sqlite3.js').default;
  return native(name);
}

/**
 * Next evaluates its client-reference manifests with vm.runInNewContext: a second parse of up to megabytes. They are
 * compiled with the rest; reading one gives `//compiled:<path>`, and here its function runs.
 */
function vmFacade() {
  return Object.assign({}, vm, {
    /** @param {any} code @param {any} context @param {any} options */
    runInNewContext(code, context, options) {
      if (typeof code !== 'string' || !code.startsWith('//compiled:')) return vm.runInNewContext(code, context, options);
      const run = /** @type {Function} */ (data.manifests[code.slice('//compiled:'.length)]);
      run.call(context, context, context, context.process);
      delete context.globalThis;
      return undefined;
    },
  });
}

/** @param {MakeRequire} makeRequire */
function moduleFacade(makeRequire) {
  const Module = Object.assign(function Module() {}, module, {
    /** @param {string|URL} from */
    createRequire(from) {
      const file = from instanceof URL || from.startsWith('file:') ? fileURLToPath(from) : from;
      return belowRoot(file) === null ? module.createRequire(file) : makeRequire(file);
    },
    /** @param {string} specifier */
    _load: (specifier) => makeRequire(`${ROOT}${data.at.app}/server.js`)(specifier),
  });
  const own = /** @type {any} */ (Module);
  Object.defineProperty(own, 'name', { value: 'Module' }); // Bun's bundler renames it
  own._extensions ??= {};
  own._cache ??= {};
  own.prototype = { ...own.prototype };
  own.Module = own;
  own.default = own;
  return own;
}
