import { dirname } from 'node:path';

/**
 * What the linker put into the executable (src/link/executable.js writes it, before this code, into the same script).
 *
 * @typedef {object} LinkedData
 * @property {(Function|null)[]} functions wrapper of each hot sloppy module; null for others
 * @property {(Function|null)[]} strict the same for strict modules
 * @property {string[]} paths path of each module below the root
 * @property {number[]} references what stands for each in the code of others
 * @property {number[]} esm ids of modules that were ESM
 * @property {number[]} waiting ids of modules with top-level await, or that import such a one: async functions
 * @property {Record<number, [number, number]>} cold id -> offset and length in `cold` of the data folder
 * @property {Record<string, string>} links
 * @property {Record<string, string>} texts small files, inline
 * @property {Record<string, [number, number, number]>} packed other files -> file below `files/`, offset and length in it
 * @property {Record<string, [string, string[]]>} addons path -> [file in `natives/`, keys of libraries]
 * @property {Record<string, [string, string[]]>} libraries
 * @property {Record<string, string>} externals folder of a package that stays outside -> its name
 * @property {Record<string, (globalThis: object, self: object, process: object) => void>} manifests compiled scripts of Next
 * @property {{app: string, dist: string, next: string, basePath: string}} at paths below the root
 * @property {{environment: number, routerServer: number}} entries ids
 * @property {{preview: Record<string, string>, actions: string|null}} keys the build's own
 * @property {string} build names this very build among others
 * @property {string} name of the app
 * @property {(href: string) => Promise<object|null>} [localImage] set by local-images.js
 * @property {string} config Next's resolved config as JSON
 */

/** @type {LinkedData} */
export const data = /** @type {any} */ (globalThis).__nextcore;

/** Where Bun shows the files of --asset. */
export const EMBEDDED = '/$bunfs/root/data';

/**
 * The folder that the traced root seems to be at. Any would do; the executable's own folder makes relative paths of
 * apps (config folders, uploads) land beside it.
 */
export const ROOT = dirname(process.execPath) === '/' ? '' : dirname(process.execPath);
