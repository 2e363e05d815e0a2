import { asReal, readSql } from './sql-text.js';
import { SqliteError } from './sqlite-error.js';

/** @template T @param {() => T} call @returns {T} */
export function sqliteErrors(call) {
  try {
    return call();
  } catch (error) {
    const { name, message, code } = /** @type {any} */ (error);
    if (name === 'SQLiteError') throw new /** @type {any} */ (SqliteError)(message, code ?? 'SQLITE_ERROR');
    throw error;
  }
}

/** A prepared statement as better-sqlite3 has it. */
export class Statement {
  #connection;
  #read;
  /** @type {Map<string, any>} by which slots hold whole numbers */
  #variants = new Map();
  /** @type {any} */
  #plain;
  /** @type {'row'|'raw'|'pluck'} */
  #shape = 'row';
  /** @type {any[]|null} */
  #bound = null;
  #safeIntegers;
  #locked = false;

  /** @param {any} database @param {any} connection @param {any} sql @param {boolean} pragma always taken to return data */
  constructor(database, connection, sql, pragma) {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.checkOpen();
    this.#connection = connection;
    this.#safeIntegers = connection.safeIntegers;
    this.#read = readSql(sql);
    if (this.#read.statements === 0) throw new RangeError('The supplied SQL string contains no statements');
    if (this.#read.statements > 1) throw new RangeError('The supplied SQL string contains more than one statement');
    this.#plain = sqliteErrors(() => connection.sqlite.prepare(sql));
    this.#variants.set('', this.#plain);
    this.source = sql;
    this.database = database;
    this.reader = pragma || this.#plain.reader;
    this.readonly = this.#plain.readonly;
  }

  get busy() {
    return this.#locked;
  }

  /** @param {any[]} given */
  run(...given) {
    if (!this.readonly) this.#connection.checkIdle();
    const values = this.#values(given);
    const before = this.#connection.sqlite;
    const { changes, lastInsertRowid } = this.#ask(values, (statement) => {
      if (!this.reader) return statement.run(...values);
      statement.all(...values);
      return before.prepare('SELECT changes() AS changes, last_insert_rowid() AS lastInsertRowid').get();
    });
    return { changes, lastInsertRowid: this.#safeIntegers ? BigInt(lastInsertRowid) : Number(lastInsertRowid) };
  }

  /** @param {any[]} given */
  get(...given) {
    this.#checkReads();
    const values = this.#values(given);
    const row = this.#ask(values, (statement) => (this.#shape === 'row' ? statement.get(...values) : statement.values(...values)[0]));
    return row === null || row === undefined ? undefined : this.#shaped(row);
  }

  /** @param {any[]} given */
  all(...given) {
    this.#checkReads();
    const values = this.#values(given);
    const rows = this.#ask(values, (statement) => (this.#shape === 'row' ? statement.all(...values) : statement.values(...values)));
    return rows.map((/** @type {any} */ row) => this.#shaped(row));
  }

  /** @param {any[]} given */
  iterate(...given) {
    this.#checkReads();
    const values = this.#values(given);
    // Bun's own iterator gives objects only, which have lost columns of one name.
    const rows = this.#ask(values, (statement) => (this.#shape === 'row' ? statement.iterate(...values) : statement.values(...values)[Symbol.iterator]()));
    const end = () => {
      if (this.#locked) this.#connection.iterators--;
      this.#locked = false;
    };
    this.#connection.iterators++;
    this.#locked = true;
    const iterator = {
      next: () => {
        if (!this.#locked) return { value: undefined, done: true };
        try {
          const { value, done } = sqliteErrors(() => rows.next());
          if (!done) return { value: this.#shaped(value), done: false };
        } catch (error) {
          end();
          throw error;
        }
        end();
        return { value: undefined, done: true };
      },
      return: () => {
        rows.return?.();
        end();
        return { value: undefined, done: true };
      },
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  /** @param {any[]} given */
  bind(...given) {
    if (this.#bound) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#bound = this.#values(given);
    return this;
  }

  pluck(on = true) {
    return this.#reshape('pluck', on);
  }

  raw(on = true) {
    return this.#reshape('raw', on);
  }

  expand() {
    throw new Error('better-sqlite3\'s expand() is not available over bun:sqlite');
  }

  safeIntegers(on = true) {
    this.#safeIntegers = on;
    return this;
  }

  /** Bun tells names and declared types, not where a column comes from. */
  columns() {
    if (!this.reader) throw new TypeError('The columns() method is only for statements that return data');
    const types = this.#plain.declaredTypes ?? [];
    return this.#plain.columnNames.map((/** @type {string} */ name, /** @type {number} */ at) => ({ name, column: null, table: null, database: null, type: types[at] ?? null }));
  }

  /** @param {'raw'|'pluck'} shape @param {any} on */
  #reshape(shape, on) {
    if (!this.reader) throw new TypeError(`The ${shape}() method is only for statements that return data`);
    if (typeof on !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
    this.#shape = on ? shape : this.#shape === shape ? 'row' : this.#shape;
    return this;
  }

  #checkReads() {
    if (!this.reader) throw new TypeError('This statement does not return data. Use run() instead');
    if (!this.readonly) this.#connection.checkIdle();
  }

  /** @template T @param {any[]} values @param {(statement: any) => T} call @returns {T} */
  #ask(values, call) {
    const statement = this.#variant(values);
    statement.safeIntegers(this.#safeIntegers);
    const result = sqliteErrors(() => call(statement));
    this.#connection.verbose?.(String(statement));
    return result;
  }

  /** @param {any[]} values */
  #variant(values) {
    const whole = values.map((value) => (Number.isInteger(value) && !Object.is(value, -0) ? '1' : '0')).join('');
    if (!whole.includes('1')) return this.#plain;
    const known = this.#variants.get(whole);
    if (known) return known;
    const made = sqliteErrors(() => this.#connection.sqlite.prepare(asReal(this.source, this.#read, (slot) => whole[slot] === '1')));
    this.#variants.set(whole, made);
    return made;
  }

  /** A value for each slot, by better-sqlite3's rules. @param {any[]} given @returns {any[]} */
  #values(given) {
    this.#connection.checkOpen();
    if (this.#locked) throw new TypeError('This statement is busy executing a query');
    if (this.#bound) {
      if (given.length > 0) throw new TypeError('This statement already has bound parameters');
      return this.#bound;
    }
    return bindAll(given, this.#read.slots);
  }

  /** @param {any} row */
  #shaped(row) {
    if (this.#shape === 'pluck') return fromBytes(row[0]);
    for (const key in row) row[key] = fromBytes(row[key]);
    return row;
  }
}

/**
 * In the order in which better-sqlite3 looks at its arguments: which mistake is told depends on it.
 * @param {any[]} given @param {(string|null)[]} slots @returns {any[]}
 */
function bindAll(given, slots) {
  const values = new Array(slots.length).fill(null);
  const anonymous = slots.flatMap((name, slot) => (name === null ? [slot] : []));
  const hasNames = anonymous.length < slots.length;
  let next = 0;
  let named = false;
  const bindNext = (/** @type {any} */ value) => {
    const bound = bindable(value);
    if (next === anonymous.length) throw new RangeError('Too many parameter values were provided');
    values[anonymous[next++]] = bound;
  };
  for (const argument of given) {
    if (Array.isArray(argument)) argument.forEach(bindNext);
    else if (isPlain(argument)) {
      if (named) throw new TypeError('You cannot specify named parameters in two different objects');
      named = true;
      slots.forEach((name, slot) => {
        if (name === null) return;
        if (!Object.hasOwn(argument, name)) throw new RangeError(`Missing named parameter "${name}"`);
        values[slot] = bindable(argument[name]);
      });
    } else if (hasNames && argument !== null && typeof argument === 'object' && !ArrayBuffer.isView(argument)) {
      throw new TypeError('Named parameters can only be passed within plain objects');
    } else bindNext(argument);
  }
  if (!named && hasNames) throw new TypeError('Missing named parameters');
  if (next < anonymous.length) throw new RangeError('Too few parameter values were provided');
  return values;
}

/** @param {any} value */
function isPlain(value) {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** @param {any} value */
function bindable(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) throw new RangeError('The bound string, buffer, or bigint is too big');
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint' || ArrayBuffer.isView(value)) return value;
  throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null');
}

/** @param {any} value */
const fromBytes = (value) => (value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value);
