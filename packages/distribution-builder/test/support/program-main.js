// Main of a test program: what server.js does before Next is loaded, then the program's own entry.
import { ROOT, data } from '../../src/runtime/data.js';
import { belowRoot } from '../../src/runtime/files.js';
import { load } from '../../src/runtime/modules.js';
import { takeOverDlopen } from '../../src/runtime/natives.js';
import { makeCompatible } from '../../src/runtime/web-compat.js';

makeCompatible();
takeOverDlopen(belowRoot);
process.cwd = () => ROOT || '/';
load(/** @type {any} */ (data.entries).program);
