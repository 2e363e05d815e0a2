import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Next writes absolute paths of the building machine, and of the adapter, into the manifest its server reads at run
 * time. There they are foreign, they tell where the app was built, and two clones would give different bytes.
 *
 * @param {import('../collect/next-build.js').NextBuild} build
 */
export function removeOwnPaths(build) {
  for (const name of ['required-server-files.json', 'required-server-files.js']) {
    const file = join(build.distDir, name);
    if (!existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    // The script is the same JSON behind an assignment.
    const start = text.indexOf('{');
    const end = text.lastIndexOf('}') + 1;
    const manifest = JSON.parse(text.slice(start, end));
    delete manifest.config?.adapterPath;
    delete manifest.config?.experimental?.adapterPath;
    // The longer path first: the root is a prefix of the app.
    const clean = JSON.stringify(manifest, null, 2).replaceAll(build.appDir, '.').replaceAll(build.root, '.');
    writeFileSync(file, text.slice(0, start) + clean + text.slice(end));
  }
}
