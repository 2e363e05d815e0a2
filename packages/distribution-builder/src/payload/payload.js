import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BuilderError } from '../errors.js';
import { readManifest } from '../collect/collect.js';
import { middleware } from './middleware.js';
import { routes } from './routes.js';
import { headers, redirects, rewrites } from './rules.js';

const BUILDER = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The exact Bun this package builds with. @returns {string} */
export const bunVersion = () => BUILDER.dependencies.bun;
/** @returns {string} */
export const builderVersion = () => BUILDER.version;

/**
 * NextCorePayload, schema/payload.v1.schema.json.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 * @param {object} parts
 * @param {string} parts.name
 * @param {'x64'|'arm64'} parts.arch
 * @param {{sha256: string, size: number}|null} parts.executable
 * @param {{name: string, version: string, files: string[]}[]} parts.natives
 * @param {{name: string, version: string, reason: string}[]} parts.externals
 * @param {{path: string, file: string, size: number}[]} parts.assets
 * @param {object} parts.env
 */
export function makePayload(build, { name, arch, executable, natives, externals, assets, env }) {
  const { config } = build;
  const manifest = readManifest(build.distDir, 'routes-manifest.json');
  const payload = {
    schemaVersion: 1,
    build: {
      id: build.buildId,
      gitSha: build.gitSha,
      nextVersion: build.nextVersion,
      bunVersion: bunVersion(),
      builderVersion: builderVersion(),
      arch,
      sourceFingerprint: build.sourceFingerprint,
      executable,
      natives: natives.map(({ name, version, files }) => ({ name, version, files: [...files].sort() })).sort(byName),
      externals: externals.map(({ name, version, reason }) => ({ name, version, reason })).sort(byName),
    },
    app: {
      name,
      basePath: config.basePath ?? '',
      assetPrefix: config.assetPrefix ?? '',
      trailingSlash: config.trailingSlash ?? false,
      i18n: internationalisation(config.i18n),
      images: readManifest(build.distDir, 'images-manifest.json')?.images ?? config.images ?? {},
      output: build.outputMode,
    },
    routes: routes(build),
    redirects: redirects(manifest),
    rewrites: rewrites(manifest),
    headers: headers(manifest),
    middleware: middleware(build.distDir),
    assets,
    env,
  };
  refuseSecrets(build, payload);
  return payload;
}

/** @param {{name: string}} a @param {{name: string}} b */
const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** @param {Record<string, any>} manifest @param {string} appDir */
export const appName = (manifest, appDir) => (manifest.name ?? basename(appDir)).replace(/^@[^/]+\//, '');

/** @param {any} i18n */
function internationalisation(i18n) {
  if (!i18n) return null;
  return {
    locales: i18n.locales,
    defaultLocale: i18n.defaultLocale,
    localeDetection: i18n.localeDetection ?? true,
    domains: (i18n.domains ?? []).map((/** @type {any} */ one) => ({
      domain: one.domain,
      defaultLocale: one.defaultLocale,
      locales: one.locales ?? [],
      http: one.http ?? false,
    })),
  };
}

/**
 * The last look before the payload leaves: it is published beside the image.
 * @param {import('../collect/next-build.js').NextBuild} build @param {object} payload
 */
function refuseSecrets(build, payload) {
  const text = JSON.stringify(payload);
  const preview = Object.values(readManifest(build.distDir, 'prerender-manifest.json')?.preview ?? {});
  const key = process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY;
  for (const secret of [...preview, key]) {
    if (typeof secret === 'string' && secret.length >= 16 && text.includes(secret)) {
      throw new BuilderError({ what: "the payload would contain one of the build's own keys", where: 'payload.json', next: 'report this: it is a mistake of distribution-builder' });
    }
  }
  for (const path of [build.root, build.appDir]) {
    if (text.includes(`${path}/`)) {
      throw new BuilderError({ what: "the payload would contain the builder's own path", where: `payload.json: ${path}`, next: 'look for an absolute path in next.config (images, headers, rewrites)' });
    }
  }
}
