// Loaded by Next itself (NEXT_ADAPTER_PATH) inside the app's own build; imports nothing of this package.
import { writeFileSync } from 'node:fs';

/**
 * Next calls it an adapter; this one changes nothing but a missing build id and what the builder's options ask for, and
 * writes down what was built.
 */
export default {
  name: 'nextcore-distribution-builder',

  /**
   * Next's default build id is random, and it is part of URLs and HTML: with it the same source never
   * gives the same bytes. An id the app sets itself is kept.
   * @param {Record<string, any>} config
   */
  modifyConfig(config) {
    const publicEnv = JSON.parse(process.env.NEXTCORE_PUBLIC_PLACEHOLDERS ?? 'null');
    const own = config.generateBuildId;
    const stable = process.env.NEXTCORE_BUILD_ID;
    const inject = process.env.NEXTCORE_CLIENT_INJECT;
    // Where an adapter changes how pages are compiled (build/app.js), this one leaves before they are.
    const leaves = process.env.NEXTCORE_ADAPTER_LEAVES ? { experimental: { ...config.experimental, adapterPath: undefined } } : {};
    return {
      ...config,
      ...leaves,
      ...(stable ? { generateBuildId: async () => (await own?.()) ?? stable } : {}),
      ...(publicEnv ? withoutPublicValues(config, publicEnv) : {}),
      ...(inject ? { instrumentationClientInject: [...(config.instrumentationClientInject ?? []), inject] } : {}),
    };
  },

  /** @param {Record<string, any>} context */
  async onBuildComplete(context) {
    const file = process.env.NEXTCORE_ADAPTER_OUTPUT;
    if (file) writeFileSync(file, JSON.stringify(context));
  },
};

/**
 * The compiler must not see NEXT_PUBLIC_ values, or it writes them into the code; next.config and the pages made at build
 * must (src/public-env). Workers start with the environment of their time; each of them loads the config.
 *
 * @param {Record<string, any>} config @param {Record<string, string>} placeholders by name
 */
function withoutPublicValues(config, placeholders) {
  const names = Object.keys(placeholders);
  const show = () => Object.assign(process.env, placeholders);
  const hide = () => {
    for (const name of names) delete process.env[name];
  };
  const isCompiled = () => process.env.NEXTCORE_COMPILED === '1';
  if (!isCompiled()) hide();
  /** @type {Record<string, any>} */
  const changed = {};
  for (const name of ['redirects', 'rewrites', 'headers']) {
    const own = config[name];
    if (typeof own !== 'function') continue;
    changed[name] = async () => {
      show();
      try {
        return await own.call(config);
      } finally {
        if (!isCompiled()) hide();
      }
    };
  }
  const after = config.compiler?.runAfterProductionCompile;
  const runAfterProductionCompile = async (/** @type {any} */ context) => {
    process.env.NEXTCORE_COMPILED = '1';
    if (process.env.NEXTCORE_COMPILED_MARK) writeFileSync(process.env.NEXTCORE_COMPILED_MARK, '');
    show();
    await after?.(context);
  };
  return { ...changed, compiler: { ...config.compiler, runAfterProductionCompile } };
}
