/** better-sqlite3's error: callable without `new`, an Error by instanceof, with SQLite's extended code as text. */
/** @this {any} @param {string} message @param {string} code */
export function SqliteError(message, code) {
  if (new.target !== SqliteError) return new /** @type {any} */ (SqliteError)(message, code);
  if (typeof code !== 'string') throw new TypeError('Expected second argument to be a string');
  Object.defineProperty(this, 'message', { value: `${message}`, writable: true, enumerable: false, configurable: true });
  Error.captureStackTrace(this, SqliteError);
  this.code = code;
}
Object.setPrototypeOf(SqliteError, Error);
Object.setPrototypeOf(SqliteError.prototype, Error.prototype);
Object.defineProperty(SqliteError.prototype, 'name', { value: 'SqliteError', writable: true, enumerable: false, configurable: true });
