/**
 * What SQLite's tokenizer would say of a statement, as far as parameters and the end of the statement go.
 *
 * @typedef {object} SqlText
 * @property {{name: string|null, slot: number, start: number, end: number}[]} parameters in order; slot counts from 0
 * @property {(string|null)[]} slots name of each slot, null for an anonymous one
 * @property {number} statements how many statements the text holds; a trigger's body is one
 */

// Strings, quoted names, comments; then what is looked for.
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?(\d*)|[:@$]([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(;)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|\S/g;

/** @param {string} sql @returns {SqlText} */
export function readSql(sql) {
  /** @type {SqlText} */
  const read = { parameters: [], slots: [], statements: 0 };
  const isTrigger = /^\s*create\s+(temp\s+|temporary\s+)?trigger\b/i.test(sql);
  let open = false;
  for (const match of sql.matchAll(TOKEN)) {
    const [token, number, name, end] = match;
    if (token.startsWith('--') || token.startsWith('/*')) continue;
    if (end && !isTrigger) {
      open = false;
      continue;
    }
    if (!open) read.statements++;
    open = true;
    if (number === undefined && name === undefined) continue;
    const label = number ? number : (name ?? null);
    const known = label === null ? -1 : read.slots.indexOf(label);
    const slot = number ? Number(number) - 1 : known === -1 ? read.slots.length : known;
    while (read.slots.length <= slot) read.slots.push(null);
    read.slots[slot] = label;
    read.parameters.push({ name: label, slot, start: match.index, end: match.index + token.length });
  }
  return read;
}

/**
 * better-sqlite3 binds every number as a REAL, Bun a whole one as an INTEGER: `? / 2` of 3 would be 1, not 1.5. An
 * expression has no affinity, as a bound value has none, so `(?+0.0)` is the REAL that better-sqlite3 binds.
 *
 * @param {string} sql @param {SqlText} read @param {(slot: number) => boolean} isWhole
 */
export function asReal(sql, read, isWhole) {
  let text = '';
  let at = 0;
  for (const { slot, start, end } of read.parameters) {
    text += sql.slice(at, start) + (isWhole(slot) ? `(${sql.slice(start, end)}+0.0)` : sql.slice(start, end));
    at = end;
  }
  return text + sql.slice(at);
}
