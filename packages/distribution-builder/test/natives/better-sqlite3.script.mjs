// @ts-nocheck -- better-sqlite3 comes without types
// Asked of better-sqlite3 itself under node and of the runtime's stand-in under Bun: both must say the same.
import { existsSync, rmSync } from 'node:fs';

const [kind, from] = process.argv.slice(2);
const { createRequire } = await import('node:module');
const Database = kind === 'real' ? createRequire(from)('better-sqlite3') : (await import(from)).default;

const said = [];
/** @param {string} name @param {() => unknown} ask */
function say(name, ask) {
  let answer;
  try {
    answer = ask();
  } catch (error) {
    answer = { threw: error.name, type: error.constructor.name, isError: error instanceof Error, message: error.message, code: error.code };
  }
  said.push([name, JSON.parse(JSON.stringify(answer ?? null, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)))]);
}

const file = `/tmp/better-sqlite3-${process.pid}.db`;
const db = new Database(file);
say('create', () => db.exec('create table note (id integer primary key, text text unique, data blob, any); create table child (note integer references note(id))') === db);
const insert = db.prepare('insert into note (text, data) values (?, ?)');
say('run', () => insert.run('one', Buffer.from([1, 2])));
say('run: array', () => insert.run(['two', null]));
say('run: named', () => db.prepare('insert into note (text, any) values (:text, $any)').run({ text: 'three', any: 1.5 }));
say('run: mixed', () => db.prepare('insert into note (text, any) values (?, @any)').run('four', { any: 'x' }));
say('get', () => db.prepare('select * from note where id = ?').get(1));
say('get: blob is a Buffer', () => Buffer.isBuffer(db.prepare('select data from note where id = 1').pluck().get()));
say('get: none', () => [db.prepare('select * from note where id = 99').get()]);
say('all', () => db.prepare('select id, text from note order by id').all());
say('raw', () => db.prepare('select id, text, 1 as id from note order by id').raw().all());
say('pluck', () => db.prepare('select text from note order by id').pluck().all());
say('pluck off', () => db.prepare('select text from note order by id').pluck().pluck(false).get());
say('iterate', () => [...db.prepare('select id from note order by id').iterate()]);
say('iterate: raw', () => [...db.prepare('select id, id from note order by id').raw().iterate()]);
say('iterate: stop early, then write', () => {
  for (const row of db.prepare('select id from note').iterate()) if (row.id === 2) break;
  return db.prepare('update note set any = 1 where id = 2').run().changes;
});
say('iterate: write meanwhile', () => {
  for (const _row of db.prepare('select id from note').iterate()) db.prepare('delete from note').run();
});
say('iterate: ask the same meanwhile', () => {
  const statement = db.prepare('select id from note');
  for (const _row of statement.iterate()) statement.all();
});
say('still all there', () => db.prepare('select count(*) from note').pluck().get());
say('columns', () => db.prepare('select id, text as other from note').columns().map(({ name, type }) => ({ name, type })));
say('statement', () => {
  const { source, reader, readonly, busy } = db.prepare('select 1');
  const writer = db.prepare('delete from child');
  return { source, reader, readonly, busy, writer: [writer.reader, writer.readonly], same: writer.database === db };
});
say('returning', () => db.prepare("insert into note (text) values ('five') returning id, text").all());
say('run of a reader', () => db.prepare('select 1').run().changes >= 0);
say('all of a writer', () => db.prepare('delete from child').all());
say('pluck of a writer', () => db.prepare('delete from child').pluck());
say('bind', () => db.prepare('select ? as a, :b as b').bind(1.5, { b: 'x' }).get());
say('bind twice', () => db.prepare('select ?').bind('a').bind('b'));
say('bound, then more', () => db.prepare('select ?').bind('a').get('b'));
say('whole numbers are REAL', () => db.prepare('select typeof(?) as type, ? / 2 as half, ? || :x as text').get(3, 3, 7, { x: 1 }));
say('a bigint is an INTEGER', () => db.prepare('select typeof(?) as type, ? / 2 as half').get(3n, 3n));
say('into an integer column', () => db.prepare("insert into child values (?) returning note, typeof(note) as type").get(3));
say('into a text column', () => db.prepare("update note set text = ? where id = 4 returning text").get(7));
say('by primary key and limit', () => db.prepare('select id from note where id > ? order by id limit ? offset ?').pluck().all(1, 2, 1));
say('safe integers', () => db.prepare('select 9007199254740993 as big').safeIntegers().get());
say('big as number', () => db.prepare('select 9007199254740993 as big').get());
say('bigint too big', () => db.prepare('select ?').get(2n ** 70n));
say('undefined is null', () => db.prepare('select ? as a').get(undefined));
say('quotes and comments', () => db.prepare("select '?' as a, \":x\" as b, ? as c -- ?\n /* :y */ from (select 'q' as \":x\")").get('z'));
say('too few', () => insert.run('a'));
say('too many', () => insert.run('a', null, null));
say('no named', () => db.prepare('select :a').get());
say('missing named', () => db.prepare('select :a, :b').get({ a: 1 }));
say('two named', () => db.prepare('select :a, :b').get({ a: 1 }, { b: 1 }));
say('a boolean', () => db.prepare('select ?').get(true));
say('a date', () => db.prepare('select ?').get(new Date(0)));
say('unique', () => insert.run('one', null));
say('foreign key', () => db.prepare('insert into child values (?)').run(1000));
say('no such table', () => db.prepare('select * from nowhere'));
say('syntax', () => db.prepare('selec 1'));
say('two statements', () => db.prepare('select 1; select 2'));
say('no statement', () => db.prepare(' -- nothing'));
say('a trigger is one', () => db.prepare('create trigger t after delete on child begin select 1; select 2; end').run().changes >= 0);
say('not a string', () => db.prepare(5));
say('exec: error', () => db.exec('create table note (x)'));
say('SqliteError', () => {
  const made = Database.SqliteError('m', 'C');
  return [made instanceof Database.SqliteError, made instanceof Error, made.name, made.message, made.code];
});
const addAll = db.transaction((texts) => texts.map((text) => insert.run(text, null).changes));
say('transaction', () => addAll(['t1', 't2']));
say('transaction: rolled back', () => addAll(['t3', 'one']));
say('transaction: nothing left', () => [db.inTransaction, db.prepare("select count(*) from note where text = 't3'").pluck().get()]);
say('transaction: nested', () => db.transaction(() => {
  insert.run('n1', null);
  try {
    addAll(['n2', 'one']);
  } catch {
    // the inner one is undone, the outer goes on
  }
  return [db.inTransaction, db.prepare("select text from note where text like 'n%'").pluck().all()];
})());
say('transaction: this and kinds', () => db.transaction(function () {
  return [this.x, addAll.database === db, typeof addAll.immediate, typeof addAll.exclusive.deferred];
}).immediate.call({ x: 5 }));
say('transaction: promise', () => db.transaction(async () => {})());
say('transaction: no function', () => db.transaction(1));
say('pragma', () => db.pragma('user_version'));
say('pragma: simple', () => db.pragma('user_version', { simple: true }));
say('pragma: set', () => [db.pragma('user_version = 7'), db.pragma('user_version', { simple: true })]);
say('pragma: table_info', () => db.pragma('table_info(child)').map((column) => column.name));
say('pragma: foreign keys', () => db.pragma('foreign_keys', { simple: true }));
say('pragma: wal', () => db.pragma('journal_mode = WAL'));
say('function', () => {
  db.function('twice', (a) => a * 2);
  db.function('all_of', { varargs: true, deterministic: true }, (...args) => args.join('+'));
  return db.prepare("select twice(4) as a, all_of(1, 'b', null) as b").get();
});
say('function: blob', () => db.function('size', (a) => (Buffer.isBuffer(a) ? a.length : -1)) && db.prepare("select size(x'0102')").pluck().get());
say('function: throws', () => db.function('boom', () => { throw new TypeError('mine'); }) && db.prepare('select boom()').get());
say('function: no name', () => db.function('', () => 1));
say('aggregate', () => {
  db.aggregate('product', { start: 1, step: (total, next) => total * next });
  return db.prepare('select product(id) from note where id < 4').pluck().get();
});
say('serialize', () => new Database(db.serialize()).prepare('select count(*) > 5 as many from note').get());
say('verbose', () => {
  const log = [];
  const other = new Database(':memory:', { verbose: (sql) => log.push(sql) });
  other.prepare('select ? as a').get('x');
  other.exec('create table a (b)');
  return log;
});
say('properties', () => ({ memory: db.memory, readonly: db.readonly, open: db.open, name: db.name === file }));
say('without new', () => Database(':memory:').prepare('select 1').pluck().get());
say('default is the class', () => new Database().memory);
say('readonly', () => new Database(file, { readonly: true }).exec('delete from child'));
say('readonly memory', () => new Database(':memory:', { readonly: true }));
say('must exist', () => new Database(`${file}.none`, { fileMustExist: true }));
say('must exist: not made', () => existsSync(`${file}.none`));
say('no folder', () => new Database('/no/such/folder/x.db'));
say('wrong option', () => new Database(':memory:', { readOnly: true }));
say('not a name', () => new Database({}));
say('close', () => db.close() === db && db.open);
say('close twice', () => db.close() === db);
say('closed', () => db.prepare('select 1'));
say('closed statement', () => insert.run('x', null));
for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
console.log(JSON.stringify(said));
