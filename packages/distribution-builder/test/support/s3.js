import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../compare/servers.js';
import { folderFor } from './folder.js';
import { restartable } from './restartable.js';
import { missing } from './missing.js';

/** One of one's own by NEXTCORE_VERSITYGW; else what `python3 -m offline.services.versitygw` has built. */
const PROGRAM = process.env.NEXTCORE_VERSITYGW ?? join(homedir(), '.cache/nextcore/bin/versitygw');
const [KEY, SECRET] = ['KEYOFTESTS', 'the secret of tests/+='];

/** @returns {string|false} why no server can be started */
export const noS3 = () => missing(!existsSync(PROGRAM) && 'no S3 server: run `python3.11 -m offline.services.versitygw` in the project');

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
