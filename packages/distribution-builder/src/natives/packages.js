import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} path below the root @returns {string|undefined} folder of the package that the file belongs to */
export const packageFolder = (path) => path.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0];

/** @param {import('../trace/tree.js').Tree} tree @param {string} folder below the root @returns {Record<string, any>} */
export const packageManifest = (tree, folder) => JSON.parse(readFileSync(join(tree.root, folder, 'package.json'), 'utf8'));

/**
 * @param {Record<string, any>} manifest of a platform package: `os`, `cpu` and `libc` as npm understands them
 * @param {string} arch
 */
export const fitsPlatform = ({ os, cpu, libc }, arch) => listed(os, 'linux') && listed(cpu, arch) && listed(libc, 'glibc');

/** @param {string[]|string|undefined} list @param {string} value */
const listed = (list, value) => list === undefined || [list].flat().includes(value);
