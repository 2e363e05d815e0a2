import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKeys } from '../build/stable-keys.js';
import { BUN_VERSION, compile, isTwoByte } from '../compile/bun.js';
import { takeOutExternals } from '../externals/choose.js';
import { addonPackages, chooseAddons } from '../natives/addons.js';
import { takeOutReplaced } from '../natives/stand-ins.js';
import { packagesOf } from '../sbom/packages.js';
import { traceTree } from '../trace/tree.js';
import { packCold, packFiles, packNatives } from './data-files.js';
import { DEFINED } from './dead-branches.js';
import { fileSum } from './file-sum.js';
import { linkModules } from './modules.js';
import { programText } from './program-text.js';
import { sortFiles } from './sort-files.js';
import { settleImports } from './top-level-await.js';
import { TransformCache } from './transform-cache.js';
import { TransformPool } from './transform-pool.js';

const MAIN = fileURLToPath(new URL('../runtime/main.js', import.meta.url));

/**
 * @typedef {object} ExecutableOptions
 * @property {string} name of the app
 * @property {string} out
 * @property {'x64'|'arm64'} arch
 * @property {'embed'|'external'} natives
 * @property {string[]} externals
 * @property {string} cacheDir
 * @property {string} workDir
 * @property {(stage: string, detail?: string) => void} onProgress
 */

/**
 * A finished build -> one executable: trace, link, compile.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {ExecutableOptions} options
 */
export async function makeExecutable(build, options) {
  const cache = new TransformCache(options.cacheDir);
  try {
    return await linkAndCompile(build, options, cache);
  } finally {
    cache.save(); // what a failed build has transformed, too
  }
}

/**
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {ExecutableOptions} options
 * @param {TransformCache} cache
 */
async function linkAndCompile(build, options, cache) {
  const data = join(options.workDir, 'data');
  mkdirSync(data, { recursive: true });
  options.onProgress('trace');
  const tree = traceTree(build);
  const standIns = takeOutReplaced(tree);
  // External ones, too: they are part of what runs. And that of the runtime itself, which signs purges of a CDN.
  const packages = packagesOf([...tree.files.values(), fileURLToPath(import.meta.resolve('aws4fetch'))]);
  const externals = takeOutExternals(tree, options);
  for (const { name, version, reason } of externals.packages) options.onProgress('external', `${name} ${version}: ${reason}`);
  const kinds = sortFiles(tree);
  options.onProgress('link', `${tree.files.size} traced files`);
  const { modules, unresolved } = await link(tree, { ...kinds, standIns }, cache);
  for (const one of unresolved) if (!one.expected) options.onProgress('warning', describeUnresolved(one));
  const waiting = settleImports(modules);
  const addons = chooseAddons(tree, options.arch);
  const linked = {
    paths: modules.map((m) => m.path),
    references: modules.map((m) => m.reference),
    esm: modules.filter((m) => m.esm).map((m) => m.id),
    waiting: [...waiting],
    cold: packCold(modules, data),
    links: tree.links,
    ...packFiles(tree, kinds.data, data),
    addons: packNatives(addons.addons, data),
    libraries: packNatives(addons.libraries, data),
    externals: externals.folders,
    at: { app: tree.app, dist: tree.dist, next: tree.next, basePath: build.config.basePath ?? '' },
    entries: entryIds(modules, kinds.entries),
    config: runtimeConfig(build),
    keys: buildKeys(build.distDir),
    name: options.name,
    build: build.sourceFingerprint.replace('sha256:', '').slice(0, 16),
  };
  writeFileSync(join(options.workDir, 'server.js'), await programText({ main: MAIN, modules, manifests: manifestSources(tree, kinds.manifests), linked }));
  options.onProgress('compile', `${modules.filter((m) => m.hot).length} modules`);
  const partial = join(options.workDir, 'server');
  const compiled = compile({ work: options.workDir, script: 'server.js', data: 'data', out: partial, arch: options.arch, externals: externals.packages.length > 0 });
  cache.save(); // meanwhile
  await compiled;
  chmodSync(partial, 0o755);
  mkdirSync(dirname(options.out), { recursive: true });
  rmSync(options.out, { force: true });
  moveFile(partial, options.out);
  const { sha256, size, found } = fileSum(options.out, isTwoByte);
  if (found) options.onProgress('warning', 'a character beyond ASCII is left in the script, which takes twice the memory: please report it with the app');
  return {
    sha256,
    size,
    bunVersion: BUN_VERSION,
    natives: addonPackages(tree, addons),
    externals: externals.packages,
    stats: { modules: modules.length, hot: modules.filter((m) => m.hot).length, unresolved },
    envNames: envNames(modules, tree.dist),
    packages,
  };
}

/**
 * @param {import('../trace/tree.js').Tree} tree @param {{entries: string[], others: string[], standIns: Map<string, string>}} what
 * @param {TransformCache} cache
 */
async function link(tree, { entries, others, standIns }, cache) {
  const pool = new TransformPool();
  try {
    return await linkModules(tree, { entries, others, standIns, transform: cached(cache, pool) });
  } finally {
    await pool.close();
  }
}

/** @param {import('./modules.js').Unresolved} unresolved */
export function describeUnresolved({ path, line, kind, specifier, atRunTime }) {
  const what = kind === 'computed' ? 'computes the name of what it requires' : `requires "${specifier}", which is not among the files that Next traced`;
  const next = kind === 'computed' ? 'outputFileTracingIncludes of next.config adds files' : 'install it, or add it by outputFileTracingIncludes of next.config, if that line is ever reached';
  return `${path.slice(1)}:${line} ${what}\n  at run time: ${atRunTime}\n  next: ${next}`;
}

/**
 * @param {TransformCache} cache @param {Pick<TransformPool, 'run'>} pool
 * @returns {(source: import('./transform.js').Source) => Promise<import('./transform.js').Transformed>}
 */
export function cached(cache, pool) {
  return async (source) => {
    const key = cache.key(source);
    const known = cache.get(key);
    if (known) return known;
    const made = await pool.run(source);
    cache.put(key, made);
    return made;
  };
}

/** @param {string} from @param {string} to */
function moveFile(from, to) {
  try {
    renameSync(from, to);
  } catch {
    writeFileSync(to, readFileSync(from), { mode: 0o755 }); // another file system
    rmSync(from);
  }
}

/** @param {import('./modules.js').Module[]} modules @param {string[]} entries */
function entryIds(modules, entries) {
  const id = (/** @type {string|undefined} */ path) => modules.find((m) => m.path === path)?.id;
  return { environment: id(entries[0]), routerServer: id(entries[1]) };
}

/** The resolved config; entries are loaded when first asked for, not all at start. @param {import('../collect/next-build.js').NextBuild} build */
function runtimeConfig(build) {
  const config = structuredClone(build.config);
  config.experimental = { ...config.experimental, preloadEntriesOnStart: false };
  // Absolute paths of the build machine; Next computes them again from the folder that it is started with.
  return JSON.stringify(config).replaceAll(build.appDir, '.').replaceAll(build.root, '.');
}

/** @param {import('../trace/tree.js').Tree} tree @param {string[]} paths @returns {Record<string, string>} */
const manifestSources = (tree, paths) => Object.fromEntries(paths.map((path) => [path, readFileSync(/** @type {string} */ (tree.files.get(path)), 'utf8')]));

/** Names that the app's own code reads from process.env. @param {import('./modules.js').Module[]} modules @param {string} dist */
function envNames(modules, dist) {
  const own = modules.filter((m) => m.path.startsWith(`${dist}/server/`));
  const names = own.flatMap((m) => [...m.code.matchAll(/process\.env(?:\.|\[["'])([A-Z][A-Z0-9_]*)/g)].map((match) => match[1]));
  return [...new Set(names)].filter((name) => !Object.hasOwn(DEFINED, name)).sort();
}
