/** @typedef {import('./prepare.js').Case} Case */

/** Newest of each supported minor. */
const VERSIONS = ['15.5.29', '16.0.11', '16.1.7', '16.2.12', '16.3.8', '16.4.6'];

/** `proxy` has been the name of middleware since 16. @param {string} version */
const before16 = (version) =>
  version.startsWith('15.') ? { rename: { 'proxy.js': 'middleware.js' }, edit: { 'middleware.js': 'export function proxy => export function middleware', 'app/api/revalidate/route.js': ", 'max') => )" } } : {};

/** @type {Case[]} */
const versions = VERSIONS.map((next) => ({ name: `versions ${next}`, fixture: 'versions', next, ...before16(next) }));

/** @type {Case[]} */
const features = [
  { name: 'urls', fixture: 'urls' },
  { name: 'proxying', fixture: 'proxying' },
  { name: 'edge', fixture: 'edge', env: { FIXTURE_WORD: 'from the environment' } },
  { name: 'cache-handler', fixture: 'cache-handler' },
  { name: 'content', fixture: 'content' },
  { name: 'export', fixture: 'export' },
  ...VERSIONS.slice(1).map((next) => ({ name: `cache-components ${next}`, fixture: 'cache-components', next })),
];

/** @type {Case[]} */
const layouts = [
  { name: 'pnpm', fixture: 'versions', manager: 'pnpm' },
  { name: 'yarn', fixture: 'versions', manager: 'yarn' },
  { name: 'bun', fixture: 'versions', manager: 'bun' },
  { name: 'webpack', fixture: 'versions', build: 'next build --webpack' },
  { name: 'turbopack 15.5', fixture: 'versions', next: '15.5.29', build: 'next build --turbopack', ...before16('15.5.29') },
  { name: 'middleware', fixture: 'versions', rename: { 'proxy.js': 'middleware.js' }, edit: { 'middleware.js': 'export function proxy => export function middleware' } },
  { name: 'workspace pnpm', fixture: 'workspace', manager: 'pnpm', app: 'apps/web' },
  { name: 'workspace pnpm webpack', fixture: 'workspace', manager: 'pnpm', app: 'apps/web', build: 'next build --webpack' },
  { name: 'workspace bun', fixture: 'workspace', manager: 'bun', app: 'apps/web' },
  { name: 'esm', fixture: 'esm' },
  { name: 'esm webpack', fixture: 'esm', build: 'next build --webpack' },
  { name: 'esm pnpm', fixture: 'esm', manager: 'pnpm' },
];

/** @type {Case[]} */
export const CASES = [...versions, ...features, ...layouts];
