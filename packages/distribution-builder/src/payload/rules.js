/** Rules of next.config as the routes manifest has them: one shape for every Next version. */

/** @param {any[]|undefined} list */
export function conditions(list) {
  return (list ?? []).map(({ type, key, value }) => ({ type, key: key ?? null, value: value ?? null }));
}

/** @param {any} manifest routes-manifest.json */
export function redirects(manifest) {
  return (manifest.redirects ?? []).map((/** @type {any} */ rule) => ({
    source: rule.source,
    destination: rule.destination,
    statusCode: rule.statusCode ?? (rule.permanent ? 308 : 307),
    regex: rule.regex,
    has: conditions(rule.has),
    missing: conditions(rule.missing),
    internal: rule.internal ?? false,
    locale: rule.locale ?? null,
  }));
}

/** @param {any} manifest */
export function rewrites(manifest) {
  // A plain array in next.config means afterFiles; older manifests keep it plain.
  const phases = Array.isArray(manifest.rewrites) ? { afterFiles: manifest.rewrites } : (manifest.rewrites ?? {});
  const phase = (/** @type {any[]|undefined} */ rules) =>
    (rules ?? []).map((rule) => ({
      source: rule.source,
      destination: rule.destination,
      regex: rule.regex,
      has: conditions(rule.has),
      missing: conditions(rule.missing),
    }));
  return { beforeFiles: phase(phases.beforeFiles), afterFiles: phase(phases.afterFiles), fallback: phase(phases.fallback) };
}

/** @param {any} manifest */
export function headers(manifest) {
  return (manifest.headers ?? []).map((/** @type {any} */ rule) => ({
    source: rule.source,
    regex: rule.regex,
    headers: rule.headers.map((/** @type {any} */ header) => ({ key: header.key, value: header.value })),
    has: conditions(rule.has),
    missing: conditions(rule.missing),
  }));
}
