/**
 * next/dist/server/require-hook.js overrides Module._resolveFilename to alias styled-jsx and @swc/helpers to Next's
 * own copies. The linker resolves those at build (resolver.js), and there is no node Module in the executable.
 * Seen alike in Next 15.1 to 16.4: only the four exports below are used by others.
 *
 * @type {import('./index.js').Patch}
 */
export const requireHook = {
  file: 'dist/server/require-hook.js',
  apply: () => '"use strict";exports.addHookAliases=()=>{};exports.overrideBuiltInReactPackages=()=>{};exports.defaultOverrides={};exports.hookPropertyMap=new Map();',
};
