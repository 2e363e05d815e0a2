import { request as open } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/**
 * One row of a table.
 * @typedef {object} Row
 * @property {string} [method]
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {string} [action] name of an exported Server Action; its id is looked up in the build
 * @property {number} [fill] a body of so many bytes
 * @property {Record<string, string>} [form] sent as multipart/form-data
 * @property {string} [upgrade] asks for a WebSocket's connection, says this over it, and waits for an answer
 * @property {boolean} [jar] sends the cookies that earlier answers to such rows have set
 * @property {string} [note]
 */

/** @typedef {{status: number|string, headers: Record<string, string>, body: string}} Answer */

/** @typedef {Map<string, string>} Jar cookies by name */

const DEADLINE = 20_000;
const BOUNDARY = '----compare';

/** @param {number} port @param {Row} row @param {Jar} [jar] @returns {Promise<Answer>} */
export function send(port, row, jar = new Map()) {
  const body = row.fill ? 'x'.repeat(row.fill) : row.form ? multipart(row.form) : row.body;
  const headers = {
    accept: 'text/html',
    ...(row.form ? { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, origin: `http://127.0.0.1:${port}` } : {}),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body, 'latin1')) }),
    ...(row.upgrade ? { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } : {}),
    ...(row.jar && jar.size ? { cookie: [...jar].map((cookie) => cookie.join('=')).join('; ') } : {}),
    ...Object.fromEntries(Object.entries(row.headers ?? {}).map(([key, value]) => [key, value.replaceAll('$PORT', String(port))])),
  };
  return new Promise((resolve) => {
    /** @param {Error} error */
    const failed = (error) => resolve({ status: `failed: ${error.message}`, headers: {}, body: '' });
    const request = open({ port, host: '127.0.0.1', method: row.method ?? 'GET', path: row.path, headers, agent: false }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', failed);
      if (row.jar) keepCookies(jar, response.headers['set-cookie'] ?? []);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: flatten(response.headers), body: decode(Buffer.concat(chunks), response.headers['content-encoding']) }));
    });
    request.on('upgrade', (response, socket, head) => {
      let heard = head.toString('latin1');
      socket.setEncoding('latin1').on('data', (text) => {
        heard += text;
        if (heard.endsWith('\n')) socket.end();
      });
      socket.setTimeout(DEADLINE, () => socket.destroy(new Error('nothing was said')));
      socket.on('error', failed);
      socket.on('close', () => resolve({ status: response.statusCode ?? 0, headers: flatten(response.headers), body: heard }));
      socket.write(`${row.upgrade}\n`);
    });
    request.on('error', failed);
    request.setTimeout(DEADLINE, () => request.destroy(new Error(`no answer in ${DEADLINE} ms`)));
    request.end(body === undefined ? undefined : Buffer.from(body, 'latin1'));
  });
}

/** @param {Jar} jar @param {string[]} lines set-cookie headers */
function keepCookies(jar, lines) {
  for (const line of lines) {
    const [, name, value] = /** @type {RegExpExecArray} */ (/^([^=]+)=([^;]*)/.exec(line));
    if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** @param {Record<string, string>} form a value "@name:text" becomes a file */
function multipart(form) {
  const parts = Object.entries(form).map(([name, value]) => {
    const file = /^@([^:]+):(.*)$/s.exec(value);
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`;
    return file ? `${head}; filename="${file[1]}"\r\nContent-Type: text/plain\r\n\r\n${file[2]}\r\n` : `${head}\r\n\r\n${value}\r\n`;
  });
  return `${parts.join('')}--${BOUNDARY}--\r\n`;
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
const flatten = (headers) => Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, Array.isArray(value) ? value.join('\n') : String(value)]));

/** @param {Buffer} body @param {string|undefined} encoding */
function decode(body, encoding) {
  if (body.length === 0) return '';
  const plain = encoding === 'gzip' ? gunzipSync(body) : encoding === 'br' ? brotliDecompressSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
  return plain.toString('latin1');
}
