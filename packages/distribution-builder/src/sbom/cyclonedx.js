/**
 * What is in an executable, as CycloneDX 1.6. No time and no serial number: the same source gives the same bytes.
 *
 * @param {{app: {name: string, version: string}, bun: string, packages: import('./packages.js').Package[]}} content
 */
export function makeSbom({ app, bun, packages }) {
  const components = packages.map(({ name, version, license }) => ({
    type: 'library',
    'bom-ref': npmUrl(name, version),
    name,
    version,
    purl: npmUrl(name, version),
    ...(license ? { licenses: [license.includes(' ') ? { expression: license } : { license: { name: license } }] } : {}),
  }));
  const runtime = { type: 'platform', 'bom-ref': npmUrl('bun', bun), name: 'bun', version: bun, purl: npmUrl('bun', bun) };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': 'app', name: app.name, version: app.version } },
    components: [runtime, ...components],
  };
}

/** @param {string} name @param {string} version */
function npmUrl(name, version) {
  const path = name.startsWith('@') ? `%40${name.slice(1)}` : name;
  return `pkg:npm/${path}@${version}`;
}
