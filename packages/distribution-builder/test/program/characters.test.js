import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isTwoByte } from '../../src/compile/bun.js';
import { compileProgram } from '../support/program.js';

/** Every place of a script where a character beyond ASCII may stand. */
const MODULES = {
  'legal.js': '/*! s’adagia é */ /* @license ’ */ /* @preserve ’ */ //! ’\nmodule.exports = function () { /*! ’ inside */ return "legal" }',
  'text.js': 'const text = () => { /*! ’ */ return 1 }; module.exports = String(text)',
  'strings.js': 'const λ = "’é"; class Ñ { μ = `’ ${λ}`; static raw = (parts) => parts.raw[0].length } module.exports = [λ, new Ñ().μ, { "’": 1, λ }, /’/.test(λ), /[😀-😃]/u.test("😁"), Ñ.name, Ñ.raw`é`]',
  'raw.js': `
    const seen = new Set();
    const tag = (parts, ...values) => { seen.add(parts); return [parts, parts.raw, values, Object.isFrozen(parts), Object.isFrozen(parts.raw), Array.isArray(parts)] };
    const owner = { name: 'own', tag(parts) { return this.name + parts.raw[0] } };
    const made = () => function Made() { this.by = 'é' };
    const f = (x) => tag\`é\\n\${x, 2}’\${(x)}\\u{zz}λ\`;
    module.exports = [f(1), f(2), seen.size, owner.tag\`é\\t\`, new made\`é\`().by, tag\`\${tag\`é\`}’\`, String.raw\`\\’\`, tag\`ascii\\n\`]`,
  'own.mjs': '/*! ’ */ export const named = ["’", String.raw`é\\n`] /* ’ */',
};
const ENTRY = `(async () => console.log(JSON.stringify([require('./legal.js')(), require('./text.js'), require('./strings.js'), require('./raw.js'), (await import('./own.mjs')).named])))()`;

test('characters beyond ASCII: the program says what node says, and its script takes one byte a character', async (t) => {
  const { source, executable } = await compileProgram(t, { ...MODULES, 'entry.js': ENTRY });
  const told = (/** @type {string} */ command, /** @type {string[]} */ args) => JSON.parse(execFileSync(command, args, { cwd: source, encoding: 'utf8', timeout: 30_000 }));
  assert.deepEqual(told(executable, []), told(process.execPath, ['entry.js']));
  assert.equal(isTwoByte(readFileSync(executable)), false);
});
