import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, resolve } from 'node:path';
import { Statement, sqliteErrors } from './better-sqlite3-statement.js';
import { SqliteError } from './sqlite-error.js';

/**
 * better-sqlite3's API over bun:sqlite, for its versions whose add-on is bound to V8 (up to 12). It throws what
 * better-sqlite3 throws; what Bun's SQLite cannot do throws, too, and says so.
 */

const native = module.createRequire('/');

/** @param {string} what @returns {never} */
function unsupported(what) {
  throw new Error(`better-sqlite3's ${what} is not available: in this executable better-sqlite3 runs over bun:sqlite. Version 13 and later is embedded itself`);
}

/** @param {Record<string, any>} options @param {string} key */
function flag(options, key) {
  const value = options[key] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`Expected the "${key}" option to be a boolean`);
  return value;
}

class Connection {
  /** @param {string|Buffer|undefined|null} given @param {Record<string, any>} [options] */
  constructor(given, options = {}) {
    const { Database: Bun } = native('bun:sqlite');
    const content = Buffer.isBuffer(given) ? given : null;
    const name = content ? ':memory:' : (given ?? '');
    if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
    if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
    if ('readOnly' in options) throw new TypeError('Misspelled option "readOnly" should be "readonly"');
    const filename = name.trim();
    this.name = name;
    this.memory = filename === '' || filename === ':memory:';
    this.readonly = flag(options, 'readonly');
    this.open = true;
    this.verbose = options.verbose ?? null;
    this.iterators = 0;
    this.unsafe = false;
    this.safeIntegers = false;
    const mustExist = flag(options, 'fileMustExist');
    const timeout = options.timeout ?? 5000;
    if (this.readonly && this.memory && !content) throw new TypeError('In-memory/temporary databases cannot be readonly');
    if (!Number.isInteger(timeout) || timeout < 0) throw new TypeError('Expected the "timeout" option to be a positive integer');
    if (this.verbose !== null && typeof this.verbose !== 'function') throw new TypeError('Expected the "verbose" option to be a function');
    if (!this.memory && !filename.startsWith('file:') && !existsSync(dirname(resolve(filename)))) throw new TypeError('Cannot open database because the directory does not exist');
    const mode = this.readonly ? { readonly: true } : { readwrite: true, create: !mustExist };
    this.sqlite = sqliteErrors(() => (content ? Bun.deserialize(content, this.readonly) : new Bun(this.memory ? ':memory:' : filename, mode)));
    this.sqlite.run(`PRAGMA busy_timeout = ${timeout}`);
    this.sqlite.run('PRAGMA foreign_keys = ON'); // better-sqlite3 is compiled with it
  }

  checkOpen() {
    if (!this.open) throw new TypeError('The database connection is not open');
  }

  checkIdle() {
    this.checkOpen();
    if (this.iterators > 0 && !this.unsafe) throw new TypeError('This database connection is busy executing a query');
  }
}

/** @this {any} @param {any} filename @param {any} [options] */
function Database(filename, options) {
  if (!new.target) return new /** @type {any} */ (Database)(filename, options);
  const connection = new Connection(filename, options ?? undefined);
  Object.defineProperty(this, '_connection', { value: connection });
  for (const key of /** @type {const} */ (['name', 'open', 'readonly', 'memory'])) Object.defineProperty(this, key, { enumerable: true, get: () => connection[key] });
  Object.defineProperty(this, 'inTransaction', { enumerable: true, get: () => connection.open && connection.sqlite.inTransaction });
}

Object.assign(Database.prototype, /** @type {Record<string, any> & ThisType<any>} */ ({
  /** @param {any} sql */
  prepare(sql) {
    return new Statement(this, this._connection, sql, false);
  },

  /** @param {any} sql */
  exec(sql) {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    this._connection.checkIdle();
    sqliteErrors(() => this._connection.sqlite.run(sql));
    this._connection.verbose?.(sql);
    return this;
  },

  /** @param {any} source @param {any} [options] */
  pragma(source, options) {
    if (typeof source !== 'string') throw new TypeError('Expected first argument to be a string');
    if (options != null && typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
    const statement = new Statement(this, this._connection, `PRAGMA ${source}`, true);
    return flag(options ?? {}, 'simple') ? statement.pluck().get() : statement.all();
  },

  /** @param {any} fn */
  transaction(fn) {
    if (typeof fn !== 'function') throw new TypeError('Expected first argument to be a function');
    const kinds = Object.fromEntries(['', 'deferred', 'immediate', 'exclusive'].map((kind) => [kind || 'default', inTransaction(this, fn, `BEGIN ${kind.toUpperCase()}`.trim())]));
    for (const one of Object.values(kinds)) {
      for (const [name, value] of Object.entries(kinds)) Object.defineProperty(one, name, { value });
      Object.defineProperty(one, 'database', { value: this, enumerable: true });
    }
    return kinds.default;
  },

  /** @param {any} name @param {any} options @param {any} [fn] */
  function(name, options, fn) {
    this._connection.checkIdle();
    const given = typeof options === 'function' ? {} : (options ?? {});
    const call = typeof options === 'function' ? options : fn;
    this._connection.sqlite.function(name, { safeIntegers: this._connection.safeIntegers, ...given }, typeof call === 'function' ? buffersIn(call) : call);
    return this;
  },

  /** @param {any} name @param {any} options */
  aggregate(name, options) {
    this._connection.checkIdle();
    this._connection.sqlite.aggregate(name, options);
    return this;
  },

  close() {
    if (!this._connection.open) return this;
    this._connection.checkIdle();
    this._connection.sqlite.close();
    this._connection.open = false;
    return this;
  },

  /** @param {any} [on] */
  defaultSafeIntegers(on = true) {
    this._connection.safeIntegers = on;
    return this;
  },

  /** @param {any} [on] */
  unsafeMode(on = true) {
    this._connection.unsafe = on;
    return this;
  },

  /** @param {any} [options] */
  serialize(options) {
    this._connection.checkOpen();
    const bytes = this._connection.sqlite.serialize(options?.attached ?? 'main');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },

  /** @param {any[]} args */
  loadExtension(...args) {
    this._connection.checkIdle();
    sqliteErrors(() => this._connection.sqlite.loadExtension(...args));
    return this;
  },

  backup: () => Promise.resolve().then(() => unsupported('backup()')),
  table: () => unsupported('table()'),
}));

/** Blobs reach a function as Buffers; its `length` is the number of its parameters. @param {Function} call */
function buffersIn(call) {
  const wrapped = (/** @type {any[]} */ ...args) => call(...args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg) : arg)));
  return Object.defineProperty(wrapped, 'length', { value: call.length });
}

const SAVEPOINT = '`\t_bs3.\t`';

/** @param {any} db @param {Function} fn @param {string} begin */
function inTransaction(db, fn, begin) {
  return /** @this {any} */ function sqliteTransaction(/** @type {any[]} */ ...args) {
    const run = (/** @type {string} */ sql) => db.prepare(sql).run();
    const nested = db.inTransaction;
    run(nested ? `SAVEPOINT ${SAVEPOINT}` : begin);
    try {
      const result = fn.apply(this, args);
      if (typeof result?.then === 'function') throw new TypeError('Transaction function cannot return a promise');
      run(nested ? `RELEASE ${SAVEPOINT}` : 'COMMIT');
      return result;
    } catch (error) {
      // SQLite itself may have ended the transaction (disk full, ON CONFLICT ROLLBACK).
      if (db.inTransaction) {
        run(nested ? `ROLLBACK TO ${SAVEPOINT}` : 'ROLLBACK');
        if (nested) run(`RELEASE ${SAVEPOINT}`);
      }
      throw error;
    }
  };
}

Database.SqliteError = SqliteError;
export default Database;
