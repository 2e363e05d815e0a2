import { mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../src/compile/bun.js';
import { packCold, packFiles, packNatives } from '../../src/link/data-files.js';
import { linkModules } from '../../src/link/modules.js';
import { programText } from '../../src/link/program-text.js';
import { sortFiles } from '../../src/link/sort-files.js';
import { settleImports } from '../../src/link/top-level-await.js';
import { transform } from '../../src/link/transform.js';
import { below } from '../../src/trace/tree.js';
import { folderWith } from './folder.js';

const MAIN = fileURLToPath(new URL('./program-main.js', import.meta.url));

/**
 * Links files as the files of an app are linked and compiles them: the whole way, without Next.
 *
 * @param {import('node:test').TestContext} test
 * @param {Record<string, string|object>} files `entry.js` is run
 * @param {Record<string, string>} [links] symbolic link -> its target, both below the root
 * @returns {Promise<{source: string, executable: string}>} source: the folder, for node to run the same
 */
export async function compileProgram(test, files, links = {}) {
  const source = realpathSync(folderWith(test, files));
  for (const [link, target] of Object.entries(links)) {
    mkdirSync(dirname(join(source, link)), { recursive: true });
    symlinkSync(join(source, target), join(source, link));
  }
  const found = readdirSync(source, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  /** @type {import('../../src/trace/tree.js').Tree} */
  const tree = {
    ...{ root: source, app: '', dist: '/.next', next: '/node_modules/next', nextMajor: 16 },
    files: new Map(found.map((file) => [below(source, file), file])),
    links: Object.fromEntries(Object.entries(links).map(([link, target]) => [`/${link}`, `/${target}`])),
  };
  const { others, data: files_ } = sortFiles(tree);
  const { modules } = await linkModules(tree, { entries: ['/entry.js'], others: others.filter((path) => path !== '/entry.js'), transform });
  const work = realpathSync(folderWith(test, {}));
  const data = join(work, 'data');
  mkdirSync(data);
  const linked = {
    paths: modules.map((m) => m.path),
    references: modules.map((m) => m.reference),
    esm: modules.filter((m) => m.esm).map((m) => m.id),
    waiting: [...settleImports(modules)],
    cold: packCold(modules, data),
    links: tree.links,
    ...packFiles(tree, files_, data),
    ...{ addons: packNatives({}, data), libraries: {}, externals: {}, keys: { preview: {}, actions: null }, config: '{}', build: 'test' },
    at: { app: '', dist: '/.next', next: '/node_modules/next', basePath: '' },
    entries: { program: modules.findIndex((m) => m.path === '/entry.js') },
  };
  writeFileSync(join(work, 'server.js'), await programText({ main: MAIN, modules, manifests: {}, linked }));
  const executable = join(work, 'program');
  await compile({ work, script: 'server.js', data: 'data', out: executable, arch: process.arch === 'arm64' ? 'arm64' : 'x64' });
  return { source, executable };
}
