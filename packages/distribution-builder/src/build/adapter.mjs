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
    const own = config.generateBuildId;
    const stable = process.env.NEXTCORE_BUILD_ID;
    const inject = process.env.NEXTCORE_CLIENT_INJECT;
    // Where an adapter changes how pages are compiled (build/app.js), this one leaves before they are.
    const leaves = process.env.NEXTCORE_ADAPTER_LEAVES ? { experimental: { ...config.experimental, adapterPath: undefined } } : {};
    return {
      ...config,
      ...leaves,
      ...(stable ? { generateBuildId: async () => (await own?.()) ?? stable } : {}),
      ...(inject ? { instrumentationClientInject: [...(config.instrumentationClientInject ?? []), inject] } : {}),
    };
  },

  /** @param {Record<string, any>} context */
  async onBuildComplete(context) {
    const file = process.env.NEXTCORE_ADAPTER_OUTPUT;
    if (file) writeFileSync(file, JSON.stringify(context));
  },
};
