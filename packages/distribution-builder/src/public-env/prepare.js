import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { bootstrapScripts, filesBelow, serverFiles } from '../build/browser-bootstrap.js';
import { BuilderError } from '../errors.js';
import { formsIn } from '../runtime/public-text.js';
import { longRows, streamOf, withWholeLengths } from './flight.js';
import { VALUES_JSON, VALUES_TOKEN, placeholder } from './names.js';

/** Read by the executable (src/runtime/public-env.js). */
export const PLAN_FILE = 'nextcore-public.json';

/**
 * `process.env` of the browser. Next's bundles take a global `process` where there is one, and with it must get all that
 * the polyfill it stands for has.
 */
const BROWSER_ENV = `(()=>{const g=globalThis,n=()=>{},e=()=>{throw new Error("not supported in a browser")};if(!g.process)Object.defineProperty(g,"process",{configurable:true,writable:true,value:{title:"browser",browser:true,env:{},argv:[],version:"",versions:{},nextTick:(f,...a)=>queueMicrotask(()=>f(...a)),on:n,addListener:n,once:n,off:n,removeListener:n,removeAllListeners:n,emit:n,prependListener:n,prependOnceListener:n,listeners:()=>[],binding:e,chdir:e,cwd:()=>"/",umask:()=>0}});g.process.env=Object.assign({},g.process.env,${VALUES_JSON})})();\n`;

/**
 * Makes a finished build one whose NEXT_PUBLIC_ values come later. It was compiled with none of them, and its pages were
 * made with placeholders (build/adapter.mjs).
 *
 * - server code reads process.env: nothing to do;
 * - in the browser one script, the bundler's bootstrap, sets process.env, and its name carries a hash of the values;
 * - texts that Next's server reads (pages, manifests) are filled when they are read.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {Record<string, string|null>} names with defaults
 */
export function preparePublicValues(build, names) {
  refuseUnsupported(build);
  const scripts = bootstrapScripts(build.distDir, '--public-at-runtime');
  const renamed = scripts.map((name) => renameBootstrap(build.distDir, name));
  refuseInlined(build.distDir, Object.keys(names));
  /** @type {Record<string, [number, string, Record<string, number>][]>} */
  const lengths = {};
  for (const file of serverFiles(build.distDir)) {
    if (/\.(map|nft\.json)$/.test(file)) continue;
    const before = readFileSync(file, 'latin1');
    let text = before;
    const isScript = /\.[cm]?js$/.test(file);
    for (const [from, to] of renamed) text = text.replaceAll(from, isScript ? to.replace(VALUES_TOKEN, '"+process.env.NEXTCORE_PUBLIC_VALUES+"') : to);
    if (file.endsWith('.html') && text.includes('.nextcore.invalid')) text = withWholeLengths(text);
    if (text !== before) writeFileSync(file, text, 'latin1');
    const found = lengthsIn(file, text);
    if (found.length > 0) lengths[relative(build.distDir, file).split(sep).join('/')] = found;
  }
  writeFileSync(join(build.distDir, PLAN_FILE), JSON.stringify({ names, lengths }));
}

/** @param {import('../collect/next-build.js').NextBuild} build */
function refuseUnsupported({ outputMode, config }) {
  const next = 'leave --public-at-runtime out and build for each environment';
  if (outputMode === 'export') throw new BuilderError({ what: 'an exported app has no server that could fill values in', where: "next.config, output: 'export'", next });
  if (config.experimental?.sri) throw new BuilderError({ what: 'subresource integrity names the hash of a script before it is filled', where: 'next.config, experimental.sri', next });
}

/** @param {string} distDir @param {string} name @returns {[string, string]} its old and new name without the folder */
function renameBootstrap(distDir, name) {
  const file = join(distDir, name);
  const target = name.replace(/\.js$/, `-${VALUES_TOKEN}.js`);
  if (existsSync(file)) {
    writeFileSync(join(distDir, target), BROWSER_ENV + readFileSync(file, 'utf8'));
    rmSync(file);
  }
  const short = (/** @type {string} */ path) => path.slice(dirname(path).length + 1);
  return [short(name), short(target)];
}

/** A value that was copied before the compiler saw it cannot be replaced without changing names of files. @param {string} distDir @param {string[]} names */
function refuseInlined(distDir, names) {
  const scripts = [...filesBelow(join(distDir, 'static')), ...serverFiles(distDir)].filter((file) => /\.([cm]?js|css)$/.test(file));
  for (const file of scripts) {
    const text = readFileSync(file, 'latin1');
    const name = text.includes('.nextcore.invalid') && names.find((one) => text.includes(placeholder(one).slice('https://'.length)));
    if (name) {
      throw new BuilderError({
        what: `the value of ${name} is part of the compiled code`,
        where: relative(distDir, file),
        next: `read process.env.${name} where it is used: next.config's env, assetPrefix and client-side rewrites copy it at build`,
      });
    }
  }
}

/**
 * Rows of known length in which a placeholder stands: where the length is, and what it grows by.
 * @param {string} file @param {string} text latin1
 * @returns {[number, string, Record<string, number>][]} offset, hexadecimal length, how often each form occurs
 */
function lengthsIn(file, text) {
  if (!text.includes('.nextcore.invalid')) return [];
  const isPage = file.endsWith('.html');
  if (!isPage && !file.endsWith('.rsc')) return [];
  const { stream, place } = isPage ? streamOf(text) : { stream: text, place: (/** @type {number} */ offset) => offset };
  return longRows(stream)
    .map(({ at, length, content }) => /** @type {[number, string, Record<string, number>]} */ ([place(at), length, formsIn(content)]))
    .filter(([, , forms]) => Object.keys(forms).length > 0);
}
