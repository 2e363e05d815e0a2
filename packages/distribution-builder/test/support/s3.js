import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../compare/servers.js';
import { folderFor } from './folder.js';

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
  /** @type {import('node:child_process').ChildProcess|undefined} */
  let child;
  const start = async () => {
    child = spawn(PROGRAM, ['--port', `127.0.0.1:${port}`, '--region', 'eu-1', 'posix', folder], { stdio: 'ignore', env: { ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: SECRET } });
    for (const deadline = Date.now() + 10_000; !(await answers(port)); ) {
      if (Date.now() > deadline) throw new Error('the S3 server does not start');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  test.after(kill);
  await start();
  return { start, kill, url: `s3://${encodeURIComponent(KEY)}:${encodeURIComponent(SECRET)}@isr/some/path?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}&region=eu-1`, folder };
}

/** @param {number} port @returns {Promise<boolean>} */
const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
