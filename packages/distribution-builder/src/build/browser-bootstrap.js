import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readManifest } from '../collect/collect.js';
import { BuilderError } from '../errors.js';

/**
 * The bundler's bootstrap: the first script of every page, of both routers and both bundlers. No module of the app runs
 * before it, so it is where code goes that every page of a finished build shall run first.
 */
const BOOTSTRAP = /^static\/chunks\/(?:turbopack|webpack)-[^/]+\.js$/;

/** Characters of the old name that give way to the new content's hash. Names keep their length: flight data counts it. */
const HASH_LENGTH = 8;

/**
 * @param {string} distDir
 * @param {string} option of the builder that needs them
 * @returns {string[]} paths below distDir
 */
export function bootstrapScripts(distDir, option) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const file of [join(distDir, 'build-manifest.json'), ...serverFiles(distDir).filter((path) => path.endsWith('/build-manifest.json'))]) {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const lists = Object.entries({ ...manifest.pages, 'the App Router': manifest.rootMainFiles ?? [] });
    for (const [page, files] of /** @type {[string, string[]][]} */ (lists)) {
      const scripts = files.filter((name) => BOOTSTRAP.test(name));
      if (scripts.length === 0 && files.some((name) => name.endsWith('.js'))) {
        throw new BuilderError({ what: `no bootstrap script is found for ${page}`, where: relative(distDir, file), next: `leave ${option} out; this Next names its scripts in another way` });
      }
      for (const name of scripts) found.add(name);
    }
  }
  return [...found].sort();
}

/**
 * Code that runs at the start of every page. The script's content changes, so does its name, wherever it is named: browsers
 * keep these files for ever.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {string} code
 * @param {string} option of the builder that needs it
 */
export function prependToBootstrap(build, code, option) {
  if (build.config.experimental?.sri) {
    throw new BuilderError({ what: `subresource integrity names the hash of a script that ${option} changes`, where: 'next.config, experimental.sri', next: `leave ${option} or experimental.sri out` });
  }
  const exported = build.outputMode === 'export' ? readManifest(build.distDir, 'export-detail.json').outDirectory : null;
  const names = bootstrapScripts(build.distDir, option);
  const folders = [...new Set([join(build.distDir, 'static'), ...(exported ? [join(exported, '_next/static')] : [])])];
  /** @type {[string, string][]} */
  const renamed = names.flatMap((name) => {
    const old = name.slice(name.lastIndexOf('/') + 1);
    const places = folders.map((folder) => join(folder, 'chunks', old)).filter((file) => existsSync(file));
    const [now] = places.map((file) => replaceScript(file, code));
    return now ? [/** @type {[string, string]} */ ([old, now])] : [];
  });
  const files = [...serverFiles(build.distDir), ...(exported ? filesBelow(exported) : [])];
  for (const file of new Set(files)) replaceNames(file, renamed);
}

/** @param {string} file @param {string} code @returns {string} its new name */
function replaceScript(file, code) {
  const content = code + readFileSync(file, 'utf8');
  const [, folder, start, end] = /** @type {RegExpExecArray} */ (/^(.*\/)((?:turbopack|webpack)-)([^/]+)\.js$/.exec(file));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, Math.min(HASH_LENGTH, end.length));
  const name = `${start}${end.slice(0, end.length - hash.length)}${hash}.js`;
  rmSync(file);
  writeFileSync(folder + name, content);
  return name;
}

/** @param {string} file @param {[string, string][]} renamed */
function replaceNames(file, renamed) {
  if (/\.(map|nft\.json)$/.test(file)) return;
  const before = readFileSync(file, 'latin1');
  let text = before;
  for (const [from, to] of renamed) text = text.replaceAll(from, to);
  if (text !== before) writeFileSync(file, text, 'latin1');
}

/** Server output, and the manifests beside it. @param {string} distDir */
export function serverFiles(distDir) {
  const top = readdirSync(distDir, { withFileTypes: true }).filter((entry) => entry.isFile() && /\.(json|js)$/.test(entry.name)).map((entry) => join(distDir, entry.name));
  return [...top, ...filesBelow(join(distDir, 'server'))];
}

/** @param {string} folder @returns {string[]} */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
