import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A folder with these files, removed after the test. Objects are written as JSON.
 * @param {import('node:test').TestContext} test
 * @param {Record<string, string|object>} files
 */
export function folderWith(test, files) {
  const folder = mkdtempSync(join(tmpdir(), 'distribution-builder-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  addFiles(folder, files);
  return folder;
}

/** @param {string} folder @param {Record<string, string|object>} files */
export function addFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/**
 * An empty folder that outlives one test; removed after `test`, or with the process.
 * @param {string} name @param {import('node:test').TestContext} [test]
 */
export function folderFor(name, test) {
  const folder = mkdtempSync(join(tmpdir(), `distribution-builder-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (test) test.after(remove);
  else process.on('exit', remove);
  return folder;
}
