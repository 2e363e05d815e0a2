import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuilderError } from '../errors.js';
import { boundToV8, readElf } from './elf.js';
import { packageFolder, packageManifest } from './packages.js';

/**
 * @typedef {object} Addons
 * @property {Record<string, {file: string, needs: string[]}>} addons path below the root -> file and keys of libraries
 * @property {Record<string, {file: string, needs: string[]}>} libraries key -> shared library it loads before
 */

/** musl's libc by either of its names; glibc's is libc.so.6. @param {string} name */
const isMusl = (name) => name === 'libc.so' || name.includes('musl');

/**
 * Chooses the add-ons that can be embedded for `arch`, with the traced libraries that they need (libvips of sharp).
 * Foreign and musl builds are told by their ELF header, not by name.
 *
 * @param {import('../trace/tree.js').Tree} tree @param {'x64'|'arm64'} arch
 * @returns {Addons}
 */
export function chooseAddons(tree, arch) {
  const shared = [...tree.files].filter(([path]) => /\.so(\.[\d.]+)?$/.test(path));
  /** @type {Addons} */
  const chosen = { addons: {}, libraries: {} };
  /** @param {string[]} needed @param {string} from @returns {string[]} */
  const librariesFor = (needed, from) =>
    needed.flatMap((name) => {
      const found = shared.filter(([path]) => basename(path) === name).sort((a, b) => closeness(b[0], from) - closeness(a[0], from))[0];
      if (!found) return []; // the system's: libc, libstdc++
      const [path, file] = found;
      if (!chosen.libraries[path]) {
        chosen.libraries[path] = { file, needs: [] };
        chosen.libraries[path].needs = librariesFor(readElf(readFileSync(file))?.needed ?? [], path);
      }
      return [path];
    });
  for (const [path, file] of tree.files) {
    if (!path.endsWith('.node')) continue;
    const elf = readElf(readFileSync(file));
    if (!elf || elf.machine !== arch || elf.needed.some(isMusl)) continue;
    const foreign = boundToV8(elf);
    if (foreign) {
      throw new BuilderError({
        what: `the native add-on ${basename(path)} is bound to V8 (it needs ${foreign}), which Bun does not have`,
        where: path,
        next: `use a package built on N-API. Where the app can do without it, --external ${packageFolder(path)?.split('/node_modules/').pop() ?? 'PKG'} leaves it out: then loading it fails, and nothing else`,
      });
    }
    chosen.addons[path] = { file, needs: librariesFor(elf.needed, path) };
  }
  return chosen;
}

/** Length of the common folder: of two versions of one library the nearer is the one meant. @param {string} a @param {string} b */
function closeness(a, b) {
  let dir = dirname(b);
  while (!a.startsWith(dir)) dir = dirname(dir);
  return dir.length;
}

/** Packages of the embedded add-ons, for the payload. @param {import('../trace/tree.js').Tree} tree @param {Addons} chosen */
export function addonPackages(tree, chosen) {
  /** @type {Map<string, {name: string, version: string, files: string[]}>} */
  const packages = new Map();
  for (const path of [...Object.keys(chosen.addons), ...Object.keys(chosen.libraries)].sort()) {
    const folder = packageFolder(path);
    if (!folder) continue;
    const manifest = packageManifest(tree, folder);
    /** @type {{name: string, version: string, files: string[]}} */
    const entry = packages.get(folder) ?? { name: manifest.name, version: manifest.version, files: [] };
    entry.files.push(path.slice(folder.length + 1));
    packages.set(folder, entry);
  }
  return [...packages.values()];
}
