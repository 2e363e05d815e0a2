import { createHash } from 'node:crypto';

/**
 * What stands for each module in the code of those that require it. It is made of the package's name and the file, not
 * of the place in this app's list: so the text of Next's functions is one in all apps, and with it the hash by which Bun
 * finds them in the profile of another (see compile/startup-order.js).
 *
 * @param {string[]} paths below the root, in the order of the modules
 * @returns {number[]} of 30 bits, each once
 */
export function referencesOf(paths) {
  const taken = new Set();
  return paths.map((path) => {
    let reference = createHash('sha256').update(path.slice(path.lastIndexOf('/node_modules/') + 1)).digest().readUInt32LE() >>> 2;
    while (taken.has(reference)) reference++; // two versions of a package, or a chance of one in a thousand
    taken.add(reference);
    return reference;
  });
}
