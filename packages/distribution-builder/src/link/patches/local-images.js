/**
 * next/dist/server/image-optimizer.js fetches the source of a local image from the app itself, which has no public/.
 * With NEXTCORE_ASSETS_ORIGIN the runtime (runtime/local-images.js) fetches it from there first.
 * Next 15.5 to 16.4: an async function whose first parameter is the path.
 *
 * @type {import('./index.js').Patch}
 */
export const localImages = {
  file: 'dist/server/image-optimizer.js',
  apply: (source) =>
    source.replace(/async function fetchInternalImage\(\s*([\w$]+)[^)]*\)\s*\{/, (head, href) => `${head}const fromAssets=await globalThis.__nextcore.localImage?.(${href});if(fromAssets)return fromAssets;`),
};
