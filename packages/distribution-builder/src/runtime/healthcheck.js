import http from 'node:http';

/** Answered by main.js before Next sees a request; not for the public: the proxy does not pass it on. */
export const HEALTH_PATH = '/_nextcore/health';

/** `server healthcheck`: what an image without a shell uses to ask itself. Exits 0 or 1. @param {number} port */
export function checkHealth(port) {
  const request = http.get({ host: '127.0.0.1', port, path: HEALTH_PATH, timeout: 2_000 }, (response) => {
    process.exit(response.statusCode === 200 ? 0 : 1);
  });
  request.on('error', () => process.exit(1));
  request.on('timeout', () => process.exit(1));
}
