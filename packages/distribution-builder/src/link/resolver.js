import fs from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import enhancedResolve from 'enhanced-resolve';
import { below } from '../trace/tree.js';

const builtins = new Set(builtinModules);

/** @param {string} specifier */
export const isBuiltin = (specifier) => specifier.startsWith('node:') || specifier.startsWith('bun:') || builtins.has(specifier);

/** Packages that Next aliases to its own copies at run time (its require hook, which the linker replaces). */
const FROM_NEXT = /^(styled-jsx|@swc\/helpers|react|react-dom)(\/|$)/;

/**
 * Static resolution as node does it, with different conditions for require and import, limited to traced files.
 *
 * @param {import('../trace/tree.js').Tree} tree
 * @returns {(from: string, specifier: string, esm: boolean) => string|null} absolute file -> path below the root
 */
export function makeResolver(tree) {
  const fileSystem = new enhancedResolve.CachedInputFileSystem(fs, 60_000);
  const common = { fileSystem, useSyncFileSystemCalls: true, extensions: ['.js', '.json', '.node'], mainFields: ['main'], symlinks: true };
  const byRequire = enhancedResolve.ResolverFactory.createResolver({ ...common, conditionNames: ['node', 'require', 'default'] });
  const byImport = enhancedResolve.ResolverFactory.createResolver({ ...common, conditionNames: ['node', 'import', 'default'] });
  /** @param {string} from @param {string} specifier @param {boolean} esm */
  const attempt = (from, specifier, esm) => {
    try {
      const found = (esm ? byImport : byRequire).resolveSync({}, dirname(from), specifier);
      const path = found && below(tree.root, found);
      return path && tree.files.has(path) ? path : null;
    } catch {
      return null; // an optional dependency: the call stays and throws MODULE_NOT_FOUND where it is reached
    }
  };
  /** @param {string} from @param {string} specifier @param {boolean} esm */
  const search = (from, specifier, esm) => attempt(from, specifier, esm) ?? (FROM_NEXT.test(specifier) ? attempt(`${tree.root}${tree.next}/package.json`, specifier, esm) : null);
  /** @type {Map<string, string|null>} */
  const known = new Map();
  return (from, specifier, esm) => {
    if (specifier.startsWith('file:') || specifier.startsWith('data:')) return null;
    const near = neighbour(tree, from, specifier);
    if (near) return near;
    const key = `${esm} ${dirname(from)} ${specifier}`;
    const found = known.has(key) ? known.get(key) : search(from, specifier, esm);
    known.set(key, found ?? null);
    return found ?? null;
  };
}

/**
 * The road of most requests (of the example's 3,600 three of four): a relative name of a traced file, whole or without `.js`.
 * Package.json has no say in these, nor has a link: a tree's file stands where it really is. Saves more than half of the time
 * that resolving takes of the thread that everything else waits for.
 *
 * @param {import('../trace/tree.js').Tree} tree @param {string} from @param {string} specifier
 */
function neighbour(tree, from, specifier) {
  if (!/^\.\.?\/[^#?\\\0]*[^#?\\\0/.]$/.test(specifier)) return null;
  const file = join(dirname(from), specifier);
  const path = below(tree.root, file);
  if (tree.files.get(path) === file) return path;
  // A file of just that name would come first, traced or not.
  return tree.files.get(`${path}.js`) === `${file}.js` && !fs.existsSync(file) ? `${path}.js` : null;
}
