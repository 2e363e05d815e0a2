/**
 * Content types of blobs and uploaded files. Bun adds `;charset=utf-8` to text, JSON and JavaScript ones, and takes the
 * type of an uploaded file from the ending of its name; node keeps what the program or the browser said. Apps compare
 * these (`file.type === 'text/csv'`) and hand them on to object stores.
 */

/** @param {any} blob @param {string} type @returns {any} the same blob */
const withType = (blob, type) => Object.defineProperty(blob, 'type', { value: type, enumerable: true, configurable: true });

/** As Bun writes the types that it adds a charset to; node never writes one like this itself. */
const ADDED = /^(text\/(?:plain|html|css|javascript)|application\/json);charset=utf-8$|^(application\/x-www-form-urlencoded);charset=UTF-8$/;

/** @template T @param {T} value an entry of a form @returns {T} */
function bare(value) {
  if (!(value instanceof Blob)) return value;
  const added = ADDED.exec(value.type);
  return added ? withType(value, /** @type {string} */ (added[1] ?? added[2])) : value;
}

/** @param {any} Native Blob or File @param {number} position of the options among the arguments @returns {any} */
function named(Native, position) {
  const { name } = Native;
  const Own = {
    [name]: class extends Native {
      /** @param {any[]} args */
      constructor(...args) {
        super(...args);
        const type = args[position]?.type;
        if (type !== undefined) withType(this, /[^\x20-\x7e]/.test(`${type}`) ? '' : `${type}`.toLowerCase());
      }
      /** @param {any} value */
      static [Symbol.hasInstance](value) {
        return this === Own ? value instanceof Native : Function.prototype[Symbol.hasInstance].call(this, value);
      }
    },
  }[name];
  return Own;
}

/** What a form gives back are new objects each time. */
function forms() {
  /** @type {any} */
  const prototype = FormData.prototype;
  const { get, getAll, entries, forEach } = prototype;
  prototype.get = function (/** @type {string} */ name) {
    return bare(get.call(this, name));
  };
  prototype.getAll = function (/** @type {string} */ name) {
    return getAll.call(this, name).map(bare);
  };
  prototype.entries = function* () {
    for (const [name, value] of entries.call(this)) yield [name, bare(value)];
  };
  prototype.values = function* () {
    for (const [, value] of entries.call(this)) yield bare(value);
  };
  prototype[Symbol.iterator] = prototype.entries;
  prototype.forEach = function (/** @type {Function} */ callback, /** @type {any} */ self) {
    forEach.call(this, (/** @type {any} */ value, /** @type {string} */ name) => callback.call(self, bare(value), name, this));
  };
}

/** @param {any} prototype of Request or Response @param {(this: Response) => Promise<FormData>} parse Bun's own */
function readsForms(prototype, parse) {
  const { formData, blob } = prototype;
  prototype.formData = async function () {
    const type = this.headers.get('content-type') ?? '';
    const boundary = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
    if (!boundary) return formData.call(this);
    const bytes = Buffer.from(await this.arrayBuffer());
    const types = fileTypes(bytes, boundary[1] ?? boundary[2]);
    const form = new FormData();
    for (const [name, value] of await parse.call(new Response(bytes, { headers: { 'content-type': type } }))) {
      const entry = /** @type {any} */ (value);
      if (typeof entry === 'string') form.append(name, entry);
      else form.append(name, new File([entry], entry.name, { type: types.shift() }));
    }
    return form;
  };
  prototype.blob = async function () {
    return bare(await blob.call(this));
  };
}

/** Content types of a multipart body's files, in their order. @param {Buffer} bytes @param {string} boundary @returns {string[]} */
export function fileTypes(bytes, boundary) {
  const types = [];
  const mark = Buffer.from(`--${boundary}`);
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end === -1) break;
    const head = bytes.toString('latin1', at, end);
    if (!/^content-disposition:.*;\s*filename\*?=/im.test(head)) continue;
    types.push(/^content-type:[ \t]*(.*?)[ \t]*$/im.exec(head)?.[1] ?? 'text/plain');
  }
  return types;
}

export function keepBlobTypes() {
  const parse = Response.prototype.formData;
  globalThis.Blob = named(globalThis.Blob, 1);
  globalThis.File = named(globalThis.File, 2);
  forms();
  readsForms(Request.prototype, parse);
  readsForms(Response.prototype, parse);
}
