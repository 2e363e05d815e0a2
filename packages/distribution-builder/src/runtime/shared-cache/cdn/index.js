import { data } from '../../data.js';
import { read } from '../../files.js';
import { cloudFront } from './cloudfront.js';
import { OF_PATH, pathsOfKey, pathsOfTag } from './paths.js';
import { Purges } from './purge.js';

/**
 * What is revalidated is purged from CloudFront, too. Which pages carry a tag of the app's own is known from the build
 * for prerendered ones; of those that are made later the shared cache keeps a note. Tags that are paths tell themselves.
 *
 * @typedef {object} Edge
 * @property {(tags: string[]) => Promise<void>} revalidated when the other replicas can know of it
 * @property {(key: string) => void} remade a page took the place of one that somebody had revalidated
 * @property {(key: string, tags: string[]) => {tags: string[], paths: string[]}} note of a page that was made
 * @property {() => Promise<void>} flush
 */

/**
 * @param {string} distribution
 * @param {(tags: string[]) => Promise<string[]>} noted paths by tags, of the shared cache
 * @param {Purges} [purges]
 * @returns {Edge}
 */
export function edge(distribution, noted, purges = new Purges(cloudFront(distribution))) {
  const site = { basePath: data.at.basePath, locales: JSON.parse(data.config).i18n?.locales ?? [] };
  /** @type {Map<string, string[]>|undefined} */
  let prerendered;
  /** @type {Set<Promise<void>>} */
  const asking = new Set();

  return {
    revalidated(tags) {
      const asked = gather(tags).catch(() => {}); // the shared cache is away, and has said so
      asking.add(asked);
      return asked.finally(() => asking.delete(asked));
    },
    remade: (key) => purges.add(pathsOfKey(key, site)),
    note: (key, tags) => ({ tags: tags.filter((tag) => !tag.startsWith(OF_PATH)), paths: pathsOfKey(key, site) }),
    async flush() {
      await Promise.all(asking);
      await purges.flush();
    },
  };

  /** @param {string[]} tags */
  async function gather(tags) {
    const own = tags.filter((tag) => !tag.startsWith(OF_PATH));
    const paths = tags.filter((tag) => tag.startsWith(OF_PATH)).flatMap((tag) => pathsOfTag(tag, site));
    if (own.length > 0) {
      prerendered ??= tagsOfBuild((key) => pathsOfKey(key, site));
      paths.push(...own.flatMap((tag) => prerendered?.get(tag) ?? []), ...(await noted(own)));
    }
    purges.add(paths);
  }
}

/** Paths of prerendered pages by the app's own tags. @param {(key: string) => string[]} pathsOf @returns {Map<string, string[]>} */
function tagsOfBuild(pathsOf) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  const folder = `${data.at.dist}/server/`;
  for (const file of [...Object.keys(data.texts), ...Object.keys(data.packed)]) {
    if (!file.startsWith(folder) || !file.endsWith('.meta')) continue;
    const key = `/${file.slice(folder.length, -'.meta'.length).replace(/^app\//, '')}`;
    const tags = JSON.parse(String(read(file))).headers?.['x-next-cache-tags'];
    for (const tag of tags ? tags.split(',') : []) {
      if (tag.startsWith(OF_PATH)) continue;
      const paths = found.get(tag);
      if (paths) paths.push(...pathsOf(key));
      else found.set(tag, pathsOf(key));
    }
  }
  return found;
}
