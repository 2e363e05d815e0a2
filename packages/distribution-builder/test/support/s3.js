import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../compare/servers.js';
import { folderFor } from './folder.js';
import { restartable } from './restartable.js';

const PROGRAM = join(homedir(), '.cache/nextcore/bin/versitygw');
const [KEY, SECRET] = ['KEYOFTESTS', 'the secret of tests/+='];

/** @returns {string|false} why no server can be started */
export const noS3 = () => !existsSync(PROGRAM) && 'no S3 server: `make unit` builds versitygw';

/**
 * A real S3 server with one bucket, `isr`.
 * @param {import('node:test').TestContext} test
 */
export async function startS3(test) {
  const port = await freePort();
  const folder = folderFor('s3');
  mkdirSync(join(folder, 'isr'));
  const server = await restartable(test, port, () => spawn(PROGRAM, ['--port', `127.0.0.1:${port}`, '--region', 'eu-1', 'posix', folder], { stdio: 'ignore', env: { ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: SECRET } }));
  return { ...server, url: `s3://${encodeURIComponent(KEY)}:${encodeURIComponent(SECRET)}@isr/some/path?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}&region=eu-1`, folder };
}
