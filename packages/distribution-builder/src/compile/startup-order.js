import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/**
 * Which functions a start of small apps uses under each supported Next, in their order (F), and which it does not (K):
 * hashes of the functions' text, in Bun's own format. Other apps have Next's functions in common with those (of the
 * example's 3,700 93 %); their own are in neither list. Bun lays the bytecode out by it: what is used together at the front,
 * then the app's own, then the rest. After its first answer the example has 4 to 8 MB less in memory (12 MB with a profile
 * of its own, for which a build would have to run the app). A line that names nothing of a build does nothing.
 *
 * `npm run record-startup` makes it, whenever a Next is added or server.test.js says that too little is known.
 */
export const STARTUP_ORDER = fileURLToPath(new URL('./startup.order.gz', import.meta.url));

/** Without the file all is laid out in the order of the modules: it is missing while it is recorded anew. */
export const startupOrder = () => (existsSync(STARTUP_ORDER) ? gunzipSync(readFileSync(STARTUP_ORDER)) : null);
