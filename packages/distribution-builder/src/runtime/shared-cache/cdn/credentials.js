import { readFile } from 'node:fs/promises';

/**
 * @typedef {{accessKeyId: string, secretAccessKey: string, sessionToken?: string}} Credentials
 * @typedef {Credentials & {until: number}} Temporary `until`: ms
 */

/** Milliseconds before their end when others are asked for. */
const EARLY = 300_000;
/** Milliseconds. */
const TIMEOUT = 5_000;

/**
 * A pod's credentials, in the order of AWS' own tools: keys in the environment, a web identity (IRSA), a container's
 * endpoint (EKS Pod Identity, ECS). Those of the node are not asked for: a pod is not to have them.
 * @param {NodeJS.ProcessEnv} env @param {typeof globalThis.fetch} fetch
 */
export function credentialChain(env, fetch) {
  /** @type {Temporary|undefined} */
  let known;
  return async () => {
    if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) {
      return { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY, sessionToken: env.AWS_SESSION_TOKEN };
    }
    if (known && known.until - EARLY > Date.now()) return known;
    if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) return (known = await webIdentity(env, fetch));
    const container = env.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI && `http://169.254.170.2${env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}`);
    if (container) return (known = await fromContainer(container, env, fetch));
    throw new Error('the pod has no AWS credentials');
  };
}

/** @param {NodeJS.ProcessEnv} env @param {typeof globalThis.fetch} fetch @returns {Promise<Temporary>} */
async function webIdentity(env, fetch) {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const endpoint = env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || (region ? `https://sts.${region}.amazonaws.com` : 'https://sts.amazonaws.com');
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: String(env.AWS_ROLE_ARN),
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'nextcore',
    WebIdentityToken: (await readFile(String(env.AWS_WEB_IDENTITY_TOKEN_FILE), 'utf8')).trim(),
  });
  const answer = await fetch(endpoint, { method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT) });
  const text = await answer.text();
  const value = (/** @type {string} */ name) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? '';
  if (!answer.ok) throw new Error(`${value('Code') || `status ${answer.status}`} for the role ${env.AWS_ROLE_ARN}`);
  return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey'), sessionToken: value('SessionToken'), until: Date.parse(value('Expiration')) };
}

/** @param {string} address @param {NodeJS.ProcessEnv} env @param {typeof globalThis.fetch} fetch @returns {Promise<Temporary>} */
async function fromContainer(address, env, fetch) {
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file ? (await readFile(file, 'utf8')).trim() : env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const answer = await fetch(address, { headers: token ? { authorization: token } : {}, signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Error(`status ${answer.status} where the container's credentials are`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = /** @type {any} */ (await answer.json());
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, until: Date.parse(Expiration) };
}
