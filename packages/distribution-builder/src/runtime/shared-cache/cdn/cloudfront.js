import { randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { credentialChain } from './credentials.js';

/** Milliseconds. */
const TIMEOUT = 10_000;
/** Answers after which the same request may succeed later. */
const BUSY = /^(Throttling|ThrottlingException|TooManyInvalidationsInProgress|RequestLimitExceeded|ServiceUnavailable|InternalError)$/;

/** What repeating will not mend: no permission, no such distribution. */
export class Refused extends Error {}

/**
 * CloudFront's CreateInvalidation: the one call that is needed, so no SDK.
 * @param {string} distribution its id
 * @param {{env?: NodeJS.ProcessEnv, fetch?: typeof globalThis.fetch}} [surroundings]
 * @returns {(paths: string[]) => Promise<void>}
 */
export function cloudFront(distribution, { env = process.env, fetch = ownFetch() } = {}) {
  const endpoint = env.AWS_ENDPOINT_URL_CLOUDFRONT || env.AWS_ENDPOINT_URL || 'https://cloudfront.amazonaws.com';
  const url = `${endpoint.replace(/\/+$/, '')}/2020-05-31/distribution/${encodeURIComponent(distribution)}/invalidation`;
  const credentials = credentialChain(env, fetch);
  return async (paths) => {
    const client = new AwsClient({ ...(await credentials()), service: 'cloudfront', region: 'us-east-1' });
    const request = { method: 'POST', body: invalidation(paths) };
    const { headers } = await client.sign(url, { ...request, headers: { 'content-type': 'text/xml' } });
    const answer = await fetch(url, { ...request, headers, signal: AbortSignal.timeout(TIMEOUT) });
    const text = await answer.text();
    if (answer.ok) return;
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `status ${answer.status}`;
    throw answer.status >= 500 || BUSY.test(code) ? new Error(code) : new Refused(code);
  };
}

/** @param {string[]} paths encoded: of what XML escapes, only `&` of a base path may be left */
function invalidation(paths) {
  const items = paths.map((path) => `<Path>${path.replaceAll('&', '&amp;')}</Path>`).join('');
  const inner = `<Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths><CallerReference>${randomUUID()}</CallerReference>`;
  return `<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">${inner}</InvalidationBatch>`;
}

/** Not the global one: Next puts its own in its place, which would ask the cache. @returns {typeof globalThis.fetch} */
const ownFetch = () => /** @type {any} */ (globalThis).Bun?.fetch ?? globalThis.fetch;
