import { createHash } from 'node:crypto';
import { constants, createReadStream, existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import mime from 'mime-types';
import { readManifest } from '../collect/collect.js';

/** What `next start` sends for each kind, so that moving the files away changes nothing for a browser. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const VALIDATED = 'public, max-age=0';

/** Files copied and hashed at the same time; more only makes the disk seek. */
const PARALLEL = 16;

/**
 * Copies every static file to its URL path below `folder`.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {string} folder dist/assets
 */
export async function copyAssets(build, folder) {
  const staging = `${folder}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const sources = build.outputMode === 'export' ? exported(build) : served(build);
  const names = [...sources.keys()].sort();
  const assets = new Array(names.length);
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < names.length) {
        const index = next++;
        assets[index] = await copyOne(names[index], /** @type {string} */ (sources.get(names[index])), staging);
      }
    }),
  );
  await rm(folder, { recursive: true, force: true });
  await rename(staging, folder);
  return assets;
}

/** @param {string} name URL path without the leading slash @param {string} source @param {string} folder */
async function copyOne(name, source, folder) {
  const target = join(folder, name);
  await mkdir(dirname(target), { recursive: true });
  // A clone where the file system can (btrfs, xfs), a copy elsewhere; never a link into the app's own files.
  await copyFile(source, target, constants.COPYFILE_FICLONE);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(target)) hash.update(chunk);
  const immutable = /(^|\/)_next\/static\//.test(name);
  return {
    path: `/${name}`,
    file: name,
    sha256: hash.digest('hex'),
    size: (await stat(target)).size,
    contentType: contentType(name),
    cacheControl: immutable ? IMMUTABLE : VALIDATED,
    immutable,
  };
}

/** @param {string} name */
function contentType(name) {
  return mime.contentType(name.slice(name.lastIndexOf('/') + 1)) || 'application/octet-stream';
}

/** @param {import('../collect/next-build.js').NextBuild} build @returns {Map<string, string>} */
function served(build) {
  const base = (build.config.basePath ?? '').replace(/^\//, '');
  const prefix = base ? `${base}/` : '';
  return new Map([
    ...filesBelow(join(build.appDir, 'public'), prefix),
    ...filesBelow(join(build.distDir, 'static'), `${prefix}_next/static/`),
  ]);
}

/** @param {import('../collect/next-build.js').NextBuild} build @returns {Map<string, string>} */
function exported(build) {
  const base = (build.config.basePath ?? '').replace(/^\//, '');
  return new Map(filesBelow(exportFolder(build), base ? `${base}/` : ''));
}

/** Next writes down where it exported to: out/, or the app's own distDir. @param {import('../collect/next-build.js').NextBuild} build */
const exportFolder = (build) => readManifest(build.distDir, 'export-detail.json').outDirectory;

/** @param {string} folder @param {string} prefix @returns {[string, string][]} */
function filesBelow(folder, prefix) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [prefix + relative(folder, file).split(sep).join('/'), file]);
}
