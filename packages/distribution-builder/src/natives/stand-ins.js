import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundToV8, readElf } from './elf.js';
import { packageFolder, packageManifest } from './packages.js';

/**
 * Packages that the runtime can take the place of (src/runtime/<file>), where their add-on is bound to V8.
 * Only a package that so many apps use that refusing it would refuse them is worth one.
 *
 * @type {Record<string, string>} package -> name that the runtime's require knows
 */
const STAND_INS = { 'better-sqlite3': 'nextcore:better-sqlite3' };

/**
 * better-sqlite3 is bound to V8 up to version 12 and built for the node that installed it; from 13 on it is N-API and
 * embedded like any other. Which one it is, the add-on itself tells.
 *
 * @param {import('../trace/tree.js').Tree} tree its add-ons that a stand-in replaces are taken out
 * @returns {Map<string, string>} path of a package's main module -> name of the stand-in
 */
export function takeOutReplaced(tree) {
  /** @type {Map<string, string>} */
  const replaced = new Map();
  for (const folder of new Set([...tree.files.keys()].map(packageFolder))) {
    const name = folder && Object.keys(STAND_INS).find((one) => folder.endsWith(`/node_modules/${one}`));
    if (!name) continue;
    const addons = [...tree.files].filter(([path]) => packageFolder(path) === folder && path.endsWith('.node'));
    if (addons.some(([, file]) => boundToV8(readElf(readFileSync(file))) === null)) continue;
    for (const [path] of addons) tree.files.delete(path);
    const main = join(folder, packageManifest(tree, folder).main ?? 'index.js');
    if (tree.files.has(main)) replaced.set(main, STAND_INS[name]);
  }
  return replaced;
}
