import fs from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
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
  return (from, specifier, esm) => {
    if (specifier.startsWith('file:') || specifier.startsWith('data:')) return null;
    return attempt(from, specifier, esm) ?? (FROM_NEXT.test(specifier) ? attempt(`${tree.root}${tree.next}/package.json`, specifier, esm) : null);
  };
}
