/**
 * Not compared: what follows from the clock, from the body (compared itself), or from the times of copied files.
 */
const VOLATILE_HEADERS = new Set(['date', 'keep-alive', 'transfer-encoding', 'content-length', 'etag', 'last-modified']);

/**
 * Facets of an answer that can be compared one by one.
 * @param {import('./request.js').Answer} answer @param {number} port
 * @returns {Map<string, string>}
 */
export function facets(answer, port) {
  const found = new Map([['status', String(answer.status)]]);
  for (const [key, value] of Object.entries(answer.headers)) {
    if (key === 'etag' || key === 'last-modified') found.set(`header ${key}`, 'present');
    if (!VOLATILE_HEADERS.has(key)) found.set(`header ${key}`, value.replaceAll(String(port), 'PORT'));
  }
  const type = answer.headers['content-type'] ?? '';
  const body = answer.body.replaceAll(String(port), 'PORT').replace(/(digest\\?"?:\\?"?)[\d@E]+/g, '$1DIGEST').replace(/data-dgst="[^"]*"/g, 'data-dgst');
  if (type.startsWith('text/html')) {
    const { shell, flight } = splitHtml(body);
    found.set('html', shell);
    found.set('flight', sortedRows(flight));
  } else if (type.startsWith('text/x-component')) {
    found.set('flight', sortedRows(body));
  } else {
    found.set('body', body);
  }
  return found;
}

/** Flight data arrives in pieces, cut wherever the stream happened to be flushed. @param {string} html */
function splitHtml(html) {
  let flight = '';
  const shell = html.replace(/<script[^>]*>\s*(?:\(self\.__next_f=self\.__next_f\|\|\[\]\)|self\.__next_f)\.push\((.*?)\)<\/script>/gs, (_whole, argument) => {
    try {
      const [, piece] = JSON.parse(argument);
      if (typeof piece === 'string') flight += piece;
    } catch {
      flight += argument;
    }
    return '';
  });
  return { shell: withoutStreamedMetadata(shell), flight };
}

/**
 * Metadata lands in <head> or after the shell, depending on which promise was faster: compared as a set.
 * @param {string} html
 */
function withoutStreamedMetadata(html) {
  /** @type {string[]} */
  const metadata = [];
  const rest = html.replace(/<title>.*?<\/title>|<meta [^>]*>|<link rel="(?:icon|canonical|manifest)"[^>]*>/gs, (tag) => {
    metadata.push(tag);
    return '';
  });
  return `${rest}\n${metadata.sort().join('\n')}`;
}

/** Rows are sent as they resolve; whichever is last ends the data with a line end. @param {string} flight */
const sortedRows = (flight) => flight.replace(/\n$/, '').split(/\n(?=[0-9a-f]*:)/).sort().join('\n');

/** The first place where two texts part, with a little around it. @param {string} a @param {string} b */
export function firstDifference(a, b) {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const cut = (/** @type {string} */ text) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 120));
  return `at ${at} of ${a.length}/${b.length}\n      node: ${cut(a)}\n      ours: ${cut(b)}`;
}
