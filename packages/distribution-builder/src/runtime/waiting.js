/** Modules that are in the middle of a top-level await. */

/** @type {Map<number, Promise<void>>} */
const pending = new Map();
/** Importer -> the module whose end it waits for. Static imports are evaluated one after the other: one at a time. */
/** @type {Map<number, number>} */
const waitsFor = new Map();

/** @param {number} id */
export const isPending = (id) => pending.has(id);

/** @param {number} id @param {Promise<void>} done @param {() => void} onFailure */
export function startWaiting(id, done, onFailure) {
  const ended = done.then(
    () => void pending.delete(id),
    (error) => {
      pending.delete(id);
      onFailure();
      throw error;
    },
  );
  ended.catch(() => {}); // whoever imports it is told
  pending.set(id, ended);
}

/**
 * @param {number} id @param {number} [importer] a static import; without it an import(), which waits in any case
 * @returns {Promise<void>} settled when the module has run to its end, or at once in a circle, as node does
 */
export async function ready(id, importer) {
  if (importer === undefined) return pending.get(id);
  for (let at = /** @type {number|undefined} */ (id); at !== undefined; at = waitsFor.get(at)) if (at === importer) return;
  waitsFor.set(importer, id);
  try {
    await pending.get(id);
  } finally {
    waitsFor.delete(importer);
  }
}
