import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { takePublicValues, withPublicValues } from './public-env.js';

/**
 * `server fill-assets <assets> <out>`: the static files that hold NEXT_PUBLIC_ values, filled from the environment, as a
 * folder to lay over the others. For deployments that nextcore does not make.
 *
 * @param {string} folder dist/assets @param {string} out
 */
export function fillAssets(folder, out) {
  takePublicValues();
  const written = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(js|html|txt)$/.test(entry.name)) continue;
    const name = join(entry.parentPath, entry.name).slice(folder.replace(/\/$/, '').length + 1);
    const before = readFileSync(join(folder, name));
    const target = withPublicValues('', name);
    const content = withPublicValues(`/${name}`, before);
    if (target === name && content === before) continue;
    mkdirSync(dirname(join(out, target)), { recursive: true });
    writeFileSync(join(out, target), content);
    written.push(target);
  }
  console.log(JSON.stringify({ written: written.sort() }));
}
