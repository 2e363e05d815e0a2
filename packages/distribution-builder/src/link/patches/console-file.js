/**
 * next/dist/server/node-environment.js loads extensions that write the console to a file or dim it, both for
 * `next dev` only; they cost 4 ms at start and wrap every console call.
 * Next 16.0 to 16.4; 15.5 does not load them here.
 *
 * @type {import('./index.js').Patch}
 */
export const consoleFile = {
  file: 'dist/server/node-environment.js',
  since: 16,
  apply: (source) => source.replace(/require\("\.\/node-environment-extensions\/console-(file|dim\.external)"\);?/g, ''),
};
