/**
 * What every later stage of the pipeline knows about a finished `next build`.
 * The one object that passes from collect to trace, link and payload.
 *
 * @typedef {object} NextBuild
 * @property {string} appDir Absolute folder of the app (the one with its package.json).
 * @property {string} root Outermost folder whose files may be traced: the workspace's or the app's own.
 * @property {string} distDir Absolute folder of the build output (`.next` unless the app says otherwise).
 * @property {string} nextDir Real folder of the app's own `next` package (pnpm: inside `.pnpm`).
 * @property {string} nextVersion Exact version of that package.
 * @property {string} buildId Contents of BUILD_ID; the app's name for an export without one.
 * @property {Record<string, any>} config Resolved, serialisable config as in required-server-files.json.
 * @property {'server'|'export'} outputMode `export`: static files only, there is no server.
 * @property {AdapterOutput|null} adapter What the adapter's onBuildComplete was given; null for Next before 16.2.
 * @property {string} sourceFingerprint `sha256:<hex>` over everything the build reads.
 * @property {string|null} gitSha Commit of the repository, null outside of git.
 */

/**
 * The adapter's JSON. Its parts are Next's own types (next/dist/build/adapter/build-complete.d.ts);
 * only what this package reads is named here.
 *
 * @typedef {object} AdapterOutput
 * @property {Record<string, any>} routing
 * @property {Record<string, any>} outputs
 * @property {string} projectDir
 * @property {string} repoRoot
 * @property {string} distDir
 * @property {Record<string, any>} config
 * @property {string} nextVersion
 * @property {string} buildId
 */

export {};
