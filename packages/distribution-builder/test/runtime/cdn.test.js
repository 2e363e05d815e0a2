import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Refused, cloudFront } from '../../src/runtime/shared-cache/cdn/cloudfront.js';
import { pathsOfKey, pathsOfTag, purgeList } from '../../src/runtime/shared-cache/cdn/paths.js';
import { Purges } from '../../src/runtime/shared-cache/cdn/purge.js';
import { folderFor } from '../support/folder.js';

const site = { basePath: '', locales: /** @type {string[]} */ ([]) };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'word' };

test('keys of pages, as each version of Next names them, are paths of the edge', () => {
  const hash = 'a'.repeat(64);
  for (const [key, path] of [
    ['/blog/first', '/blog/first*'],
    ['/index', '/?*'],
    ['/', '/?*'],
    ['/index/index', '/index*'],
    ['/index/index/a', '/index/a*'],
    [`/route-cache/APP_PAGE/${hash}/$/blog/first`, '/blog/first*'],
    [`/route-cache/APP_PAGE/${hash}/$/index`, '/?*'],
    ['/café/a b*', '/caf%C3%A9/a%20b%2A*'],
    ['/caf%C3%A9', '/caf%C3%A9*'],
    ['/100%', '/100%25*'],
  ]) {
    assert.deepEqual(pathsOfKey(String(key), site), [path]);
  }
  assert.deepEqual(pathsOfKey('/first', { ...site, basePath: '/docs' }), ['/docs/first*']);
  assert.deepEqual(pathsOfKey('/index', { ...site, basePath: '/docs' }), ['/docs*']);
  assert.deepEqual(pathsOfKey('/en/about', { ...site, locales: ['en', 'de'] }), ['/en/about*', '/about*']);
  const long = pathsOfKey(`/${'é'.repeat(100)}`, site)[0] ?? '';
  assert.ok(long.length <= 141);
  assert.match(long, /^\/(%C3|%A9)+\*$/);
});

test('what revalidatePath means', () => {
  for (const [tag, ...paths] of [
    ['_N_T_/blog/first', '/blog/first*'],
    ['_N_T_/', '/?*'],
    ['_N_T_/index', '/?*'],
    ['_N_T_/layout', '/layout*', '/*'],
    ['_N_T_/page', '/page*', '/?*'],
    ['_N_T_/blog/[slug]/page', '/blog/*'],
    ['_N_T_/[slug]/page', '/*'],
    ['_N_T_/help/[[...topic]]/page', '/help*'],
    ['_N_T_/docs/[...all]/layout', '/docs/*'],
    ['_N_T_/(shop)/cart/page', '/cart/page*', '/cart*'],
    ['_N_T_/(shop)/@side/layout', '/layout*', '/*'],
    ['_N_T_/feed/(..)photo/[id]/page', '/feed/*'],
    ['_N_T_/docs/page', '/docs/page*', '/docs*'],
  ]) {
    assert.deepEqual([...new Set(pathsOfTag(String(tag), site))].sort(), [.../** @type {string[]} */ (paths)].sort(), tag);
  }
  assert.deepEqual(purgeList(pathsOfTag('_N_T_/layout', { ...site, basePath: '/docs' })), ['/docs*']);
});

test('as few purges as CloudFront takes at one time', () => {
  assert.deepEqual(purgeList([]), []);
  assert.deepEqual(purgeList(['/blog/a*', '/blog*', '/blog/a*', '/c*']), ['/blog*', '/c*']);
  assert.deepEqual(purgeList(['/?*', '/a*']), ['/', '/?*', '/a*']);
  assert.deepEqual(purgeList(['/?*', '/*', '/a*']), ['/*']);
  const many = (/** @type {string} */ folder, /** @type {number} */ count) => Array.from({ length: count }, (_, i) => `/${folder}/${i}-x*`);
  assert.equal(purgeList(many('blog', 15)).length, 15);
  assert.deepEqual(purgeList([...many('blog', 400), ...many('news', 400), '/?*']), ['/', '/?*', '/blog*', '/news*']);
  assert.deepEqual(purgeList(Array.from({ length: 16 }, (_, i) => `/${i}-x*`)), ['/*']);
});

/** @param {((paths: string[]) => Promise<void>)} send */
function purges(send) {
  /** @type {string[]} */
  const told = [];
  return { told, purges: new Purges(send, { gather: 1, log: (text) => told.push(text) }) };
}

/** @param {() => boolean} wanted */
async function until(wanted) {
  for (const deadline = Date.now() + 10_000; !wanted(); ) {
    assert.ok(Date.now() < deadline);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('revalidations of one moment are one purge; those while it is under way are the next', async () => {
  /** @type {string[][]} */
  const sent = [];
  /** @type {() => void} */
  let answer = () => {};
  const { purges: under } = purges((paths) => (sent.push(paths), new Promise((resolve) => (answer = resolve))));
  for (const path of ['/a*', '/b*', '/a*']) under.add([path]);
  await until(() => sent.length === 1);
  under.add(['/c*']);
  under.add(['/d*']);
  assert.equal(sent.length, 1);
  answer();
  await until(() => sent.length === 2);
  assert.deepEqual(sent, [['/a*', '/b*'], ['/c*', '/d*']]);
  answer();
});

test('a CDN that is busy is asked again, one that refuses is not, and each is told once', async () => {
  let left = 1;
  /** @type {string[][]} */
  const sent = [];
  const busy = purges(async (paths) => {
    sent.push(paths);
    if (left-- > 0) throw new Error('TooManyInvalidationsInProgress');
  });
  busy.purges.add(['/a*']);
  await until(() => sent.length === 1);
  busy.purges.add(['/?*']);
  await until(() => sent.length === 2);
  assert.deepEqual(sent, [['/a*'], ['/', '/?*', '/a*']]);
  await until(() => busy.told.length === 2);
  assert.match(busy.told.join('\n'), /cannot be purged \(TooManyInvalidationsInProgress\); it is tried again\n.*purged again/);

  let asked = 0;
  const refusing = purges(async () => {
    asked++;
    throw new Refused('AccessDenied');
  });
  for (const path of ['/a*', '/b*']) {
    refusing.purges.add([path]);
    await until(() => asked === (path === '/a*' ? 1 : 2));
  }
  await refusing.purges.flush();
  assert.equal(refusing.told.length, 1);
  assert.match(String(refusing.told), /AccessDenied.*s-maxage/);
});

test('a process that ends sends what it has gathered', async () => {
  /** @type {string[][]} */
  const sent = [];
  const late = new Purges(async (paths) => void sent.push(paths), { gather: 60_000 });
  late.add(['/a*']);
  await late.flush();
  assert.deepEqual(sent, [['/a*']]);
});

/** @param {import('node:test').TestContext} t @param {(request: {url: string, body: string, headers: import('node:http').IncomingHttpHeaders}) => [number, string]} answer */
async function serverThat(t, answer) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const [status, text] = answer({ url: String(request.url), body, headers: request.headers });
    response.writeHead(status).end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => server.close());
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

test('errors: what may pass, and what will not; no secret in them', async (t) => {
  let answer = /** @type {[number, string]} */ ([201, '']);
  const url = await serverThat(t, () => answer);
  const send = cloudFront('E123', { env: { ...KEYS, AWS_ENDPOINT_URL_CLOUDFRONT: url }, fetch });
  await send(['/a*']);
  answer = [403, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'];
  await assert.rejects(send(['/a*']), (/** @type {Error} */ error) => error instanceof Refused && error.message === 'AccessDenied');
  for (const [status, code] of /** @type {[number, string][]} */ ([[400, 'TooManyInvalidationsInProgress'], [400, 'Throttling'], [503, 'ServiceUnavailable']])) {
    answer = [status, `<Code>${code}</Code>`];
    await assert.rejects(send(['/a*']), (/** @type {Error} */ error) => !(error instanceof Refused) && error.message === code);
  }
  await assert.rejects(cloudFront('E123', { env: { AWS_ENDPOINT_URL: url }, fetch })(['/a*']), /the pod has no AWS credentials/);
});

test('credentials: a web identity and a container endpoint, asked for once', async (t) => {
  const folder = folderFor('cdn-credentials');
  const file = join(folder, 'token');
  writeFileSync(file, 'the token\n');
  /** @type {string[]} */
  const seen = [];
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const url = await serverThat(t, ({ url: path, body, headers }) => {
    seen.push(path);
    if (path === '/') {
      assert.equal(new URLSearchParams(body).get('WebIdentityToken'), 'the token');
      return [200, `<Credentials><AccessKeyId>WEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t/+=</SessionToken><Expiration>${until}</Expiration></Credentials>`];
    }
    if (path === '/pod') {
      assert.equal(headers.authorization, 'the token');
      return [200, JSON.stringify({ AccessKeyId: 'POD', SecretAccessKey: 's', Token: 't', Expiration: until })];
    }
    seen.push(String(headers['x-amz-security-token']), String(/Credential=(\w+)/.exec(String(headers.authorization))?.[1]));
    return [201, ''];
  });
  const web = cloudFront('E1', { env: { AWS_ENDPOINT_URL: url, AWS_ROLE_ARN: 'arn:aws:iam::1:role/x', AWS_WEB_IDENTITY_TOKEN_FILE: file }, fetch });
  await web(['/a*']);
  await web(['/b*']);
  const pod = cloudFront('E1', { env: { AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/pod`, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }, fetch });
  await pod(['/a*']);
  const post = '/2020-05-31/distribution/E1/invalidation';
  assert.deepEqual(seen, ['/', post, 't/+=', 'WEB', post, 't/+=', 'WEB', '/pod', post, 't', 'POD']);
});
