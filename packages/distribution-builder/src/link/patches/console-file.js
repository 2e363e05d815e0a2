/**
 * next/dist/server/node-environment.js loads extensions that write the console to a file or dim it, both for
 * `next dev` only; they cost 4 ms at start and wrap every console call.
 * Next 15.5 (console-dim) to 16.4 (both).
 *
 * @type {import('./index.js').Patch}
 */
export const consoleFile = {
  file: 'dist/server/node-environment.js',
  apply: (source) => source.replace(/require\("\.\/node-environment-extensions\/console-(file|dim\.external)"\);?/g, ''),
};
