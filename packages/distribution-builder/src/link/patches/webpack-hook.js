/**
 * next/dist/server/config.js makes `require('webpack')` mean Next's bundled webpack, for next.config files. The config
 * is resolved at build and never evaluated in the executable; the bundled webpack is not inside.
 * Next 15.5 to 16.4.
 *
 * @type {import('./index.js').Patch}
 */
export const webpackHook = {
  file: 'dist/server/config.js',
  apply: (source) => source.replace(/\(0,\s*_\w+\.loadWebpackHook\)\(\);?/g, ''),
};
