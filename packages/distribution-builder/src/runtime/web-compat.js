import http from 'node:http';
import { keepBlobTypes } from './blob-types.js';

/** Where Bun's web and http classes answer differently from node's. Each was seen in a real app. */

/** A Response of a string has text/plain in node; Bun leaves it out. Response.json's type has a charset in Bun. */
function responseTypes() {
  const Native = globalThis.Response;
  class Response extends Native {
    /** @param {any} [body] @param {ResponseInit} [init] */
    constructor(body, init) {
      super(body, init);
      if (body instanceof Blob && body.type && !new Headers(init?.headers).has('content-type')) this.headers.set('content-type', body.type);
      if (this.headers.has('content-type')) return;
      if (typeof body === 'string') this.headers.set('content-type', 'text/plain;charset=UTF-8');
      else if (body instanceof URLSearchParams) this.headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
    }
    /** @param {any} value @param {ResponseInit} [init] */
    static json(value, init) {
      const response = Native.json(value, init);
      if (!new Headers(init?.headers).has('content-type')) response.headers.set('content-type', 'application/json');
      return response;
    }
    /** @param {any} value */
    static [Symbol.hasInstance](value) {
      return this === Response ? value instanceof Native : Function.prototype[Symbol.hasInstance].call(this, value);
    }
  }
  Object.defineProperty(Response, 'name', { value: 'Response' }); // Bun's bundler renames what shadows a global
  globalThis.Response = /** @type {any} */ (Response);
}

/**
 * Bun's ServerResponse has a `headers` getter, so libraries that tell a Request from a ServerResponse by
 * `'headers' in res` call headers.append on what getHeaders() gives. It cannot be deleted; it gets an append.
 */
function serverResponse() {
  /** @type {any} */
  const prototype = http.ServerResponse.prototype;
  const getHeaders = prototype.getHeaders;
  prototype.getHeaders = function () {
    const headers = getHeaders.call(this);
    const append = (/** @type {string} */ name, /** @type {string} */ value) => this.appendHeader(name, value);
    Object.defineProperty(headers, 'append', { value: append, configurable: true });
    return headers;
  };
  prototype.writeHeader ??= prototype.writeHead;
}

/**
 * Bun warns of url.parse() wherever it is called, node of calls outside of node_modules at most. Next itself calls it
 * (15.5 to 16.2), so each process would begin its log with a warning that no user can do anything about.
 */
function warnings() {
  const emit = process.emitWarning;
  process.emitWarning = /** @type {any} */ (
    (/** @type {any} */ warning, /** @type {any} */ type, /** @type {any} */ code, /** @type {any} */ ...rest) => {
      if (code === 'DEP0169' || type?.code === 'DEP0169') return;
      return /** @type {Function} */ (emit).call(process, warning, type, code, ...rest);
    }
  );
}

export function makeCompatible() {
  warnings();
  keepBlobTypes();
  responseTypes();
  serverResponse();
}
