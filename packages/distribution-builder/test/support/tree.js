import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { below } from '../../src/trace/tree.js';
import { transform } from '../../src/link/transform.js';
import { linkModules } from '../../src/link/modules.js';
import { folderWith } from './folder.js';

/**
 * A traced tree of these files, as traceTree would give it.
 * @param {import('node:test').TestContext} test
 * @param {Record<string, string|object>} files
 * @returns {import('../../src/trace/tree.js').Tree}
 */
export function treeWith(test, files) {
  const root = realpathSync(folderWith(test, files));
  const found = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return { root, app: '', dist: '/.next', next: '/node_modules/next', nextMajor: 16, files: new Map(found.map((file) => [below(root, file), file])), links: {} };
}

/**
 * @param {import('../../src/trace/tree.js').Tree} tree @param {string[]} entries
 * @param {Partial<Parameters<typeof linkModules>[1]>} [options]
 */
export function link(tree, entries, options = {}) {
  const others = [...tree.files.keys()].filter((path) => /\.[cm]?js$/.test(path) && !entries.includes(path)).sort();
  return linkModules(tree, { entries, others, transform, ...options });
}
