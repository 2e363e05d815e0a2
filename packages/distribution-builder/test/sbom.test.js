import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSbom } from '../src/sbom/cyclonedx.js';
import { packagesOf } from '../src/sbom/packages.js';

test('each version of a package is listed once, whoever brings it', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sbom-'));
  t.after(() => rmSync(root, { recursive: true }));
  const put = (/** @type {string} */ file, /** @type {object} */ content) => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), JSON.stringify(content));
    return join(root, file);
  };
  put('node_modules/a/package.json', { name: 'a', version: '1.0.0', license: 'MIT' });
  put('node_modules/a/esm/package.json', { type: 'module' });
  put('node_modules/@s/b/package.json', { name: '@s/b', version: '2.0.0', license: '(MIT OR Apache-2.0)' });
  put('node_modules/@s/b/node_modules/a/package.json', { name: 'a', version: '0.9.0' });
  const files = ['node_modules/a/x.js', 'node_modules/a/esm/y.js', 'node_modules/@s/b/z.js', 'node_modules/@s/b/node_modules/a/x.js', 'server/page.js'];
  const packages = packagesOf(files.map((file) => put(file, {})));
  assert.deepEqual(packages.map(({ name, version }) => `${name}@${version}`), ['@s/b@2.0.0', 'a@0.9.0', 'a@1.0.0']);

  const sbom = makeSbom({ app: { name: 'shop', version: '1' }, bun: '1.4.5', packages });
  assert.deepEqual(sbom.components.map((c) => c.purl), ['pkg:npm/bun@1.4.5', 'pkg:npm/%40s/b@2.0.0', 'pkg:npm/a@0.9.0', 'pkg:npm/a@1.0.0']);
  assert.deepEqual(/** @type {any} */ (sbom.components[1]).licenses, [{ expression: '(MIT OR Apache-2.0)' }]);
});
