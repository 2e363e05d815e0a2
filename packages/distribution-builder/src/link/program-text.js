import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

/**
 * The one script that is compiled: what was linked, then the code that runs it.
 *
 * @param {object} parts
 * @param {string} parts.main file of the runtime to begin with
 * @param {import('./modules.js').Module[]} parts.modules
 * @param {Record<string, string>} parts.manifests path -> a script of Next's that sets globals
 * @param {{waiting: number[]}} parts.linked the rest of LinkedData (runtime/data.js)
 */
export async function programText({ main, modules, manifests, linked }) {
  const runtime = await esbuild.build({
    entryPoints: [main],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)), // names of modules in the output are relative to it
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'esnext',
    logLevel: 'silent',
  });
  const waiting = new Set(linked.waiting);
  const wrapper = (/** @type {import('./modules.js').Module} */ m) => `${waiting.has(m.id) ? 'async ' : ''}function(module,exports,require,__filename,__dirname,__import,__toEsm,__bindings,__addon){${m.code}\n}`;
  const list = (/** @type {boolean} */ strict) => modules.map((m) => (m.hot && m.strict === strict ? wrapper(m) : 'null')).join(',\n');
  const compiled = Object.entries(manifests).map(([path, source]) => `${JSON.stringify(path)}:function(globalThis,self,process){${source}\n}`);
  return [
    `globalThis.__nextcore=${JSON.stringify(linked)};`,
    `globalThis.__nextcore.functions=[${list(false)}];`,
    `(class{static{globalThis.__nextcore.strict=[${list(true)}]}});`, // see strict-mode.js
    `globalThis.__nextcore.manifests={${compiled.join(',\n')}};`,
    runtime.outputFiles[0]?.text ?? '',
  ].join('\n');
}
