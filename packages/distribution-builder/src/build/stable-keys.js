import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Next draws its preview-mode keys at random at every build and writes them into manifests and edge bundles;
 * with them the same source would never give the same executable. They are replaced, after the build, by keys
 * that follow from the source.
 *
 * Such keys are as secret as the source itself. Whoever needs more sets NEXT_SERVER_ACTIONS_ENCRYPTION_KEY at
 * build and NEXTCORE_PREVIEW_SECRET at run time. They follow from the contents of the source, not from the
 * fingerprint: the fingerprint is public (it stands in payload.json).
 *
 * @param {string} seed hash over the source that is published nowhere
 * @param {string} purpose
 * @param {number} bytes at most 32
 */
export function stableKey(seed, purpose, bytes) {
  return createHash('sha256').update(`nextcore ${purpose}\0${seed}`).digest().subarray(0, bytes);
}

/**
 * @param {string} distDir
 * @param {string} seed
 * @returns {number} files changed
 */
export function replacePreviewKeys(distDir, seed) {
  const manifest = join(distDir, 'prerender-manifest.json');
  if (!existsSync(manifest)) return 0;
  const { preview } = JSON.parse(readFileSync(manifest, 'utf8'));
  const own = existsSync(join(distDir, 'server/preview-props.json')) ? JSON.parse(readFileSync(join(distDir, 'server/preview-props.json'), 'utf8')) : {};
  /** @type {[string, string][]} */
  const pairs = [];
  for (const [name, value] of Object.entries({ ...preview, ...own })) {
    // 16 or 32 random bytes in hex: nothing else in the output can be equal by chance.
    if (typeof value === 'string' && /^[0-9a-f]{32,64}$/.test(value)) {
      pairs.push([value, stableKey(seed, name, value.length / 2).toString('hex')]);
    }
  }
  return replaceEverywhere(distDir, pairs);
}

/**
 * The keys that stand in the build's manifests: the runtime replaces them by those that it is given.
 * @param {string} distDir
 * @returns {{preview: Record<string, string>, actions: string|null}}
 */
export function buildKeys(distDir) {
  const read = (/** @type {string} */ name) => (existsSync(join(distDir, name)) ? JSON.parse(readFileSync(join(distDir, name), 'utf8')) : {});
  return { preview: read('prerender-manifest.json').preview ?? {}, actions: read('server/server-reference-manifest.json').encryptionKey || null };
}

/** @param {string} distDir @param {[string, string][]} pairs */
function replaceEverywhere(distDir, pairs) {
  let changed = 0;
  const top = readdirSync(distDir, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(distDir, entry.name));
  const server = readdirSync(join(distDir, 'server'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...top, ...server]) {
    if (!/\.(js|json|map|meta|html|rsc)$/.test(file)) continue;
    const before = readFileSync(file, 'utf8');
    let after = before;
    for (const [from, to] of pairs) after = after.replaceAll(from, to);
    if (after !== before) {
      writeFileSync(file, after);
      changed++;
    }
  }
  return changed;
}
