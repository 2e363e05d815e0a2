import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CODE = /\.(js|jsx|ts|tsx|mjs|cjs|mts|cts|mdx)$/;

/** Read while building or testing, not by the running app. */
const NOT_RUNTIME = /(^|\/)(next\.config\.\w+|[^/]*\.(test|spec|config)\.\w+)$|(^|\/)(test|tests|__tests__|scripts|e2e)\//;

/** Set by Next or the platform; nobody configures them. */
const GIVEN = new Set(['NODE_ENV', 'NEXT_RUNTIME', 'NEXT_PHASE', 'PORT', 'HOSTNAME', 'CI']);

/**
 * Names of environment variables, never a value.
 *
 * @param {string} appDir
 * @param {string} root
 * @param {string[]} sources paths relative to root
 * @param {string[]} linked names found in the linked code of the executable
 * @param {string[]} [needed] names that the executable needs whatever .env.example says
 */
export function environment(appDir, root, sources, linked, needed = []) {
  const names = new Set([...linked, ...needed]);
  for (const name of sources) {
    // A build may remove what it made the last time.
    if (!CODE.test(name) || NOT_RUNTIME.test(name) || !existsSync(join(root, name))) continue;
    for (const read of namesIn(readFileSync(join(root, name), 'utf8'))) names.add(read);
  }
  const all = [...names].filter((name) => !GIVEN.has(name)).sort();
  const declared = declaredNames(appDir);
  return {
    read: all.filter((name) => !name.startsWith('NEXT_PUBLIC_')),
    public: [...new Set([...all, ...declared.keys()])].filter((name) => name.startsWith('NEXT_PUBLIC_')).sort(),
    required: [...new Set([...[...declared].filter(([name, hasValue]) => !hasValue && !name.startsWith('NEXT_PUBLIC_')).map(([name]) => name), ...needed])].sort(),
  };
}

/** @param {string} source */
export function namesIn(source) {
  const names = [];
  for (const match of source.matchAll(/\bprocess\.env(?:\.([A-Za-z_]\w*)|\[\s*['"]([A-Za-z_]\w*)['"]\s*\])/g)) names.push(match[1] ?? match[2]);
  for (const match of source.matchAll(/\{([^{}]*)\}\s*=\s*process\.env\b(?![.[])/g)) {
    for (const part of match[1].split(',')) {
      const name = /^\s*([A-Za-z_]\w*)/.exec(part)?.[1];
      if (name) names.push(name);
    }
  }
  return names;
}

/** Names of .env.example, and whether each has a value there. @param {string} appDir @returns {Map<string, boolean>} */
function declaredNames(appDir) {
  const file = ['.env.example', '.env.sample', '.env.template'].map((name) => join(appDir, name)).find((path) => existsSync(path));
  /** @type {Map<string, boolean>} */
  const found = new Map();
  if (!file) return found;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match) found.set(match[1], match[2].replace(/^(['"])(.*)\1$/, '$2').replace(/^#.*/, '') !== '');
  }
  return found;
}
