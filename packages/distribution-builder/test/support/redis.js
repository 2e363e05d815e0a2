import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../compare/servers.js';
import { restartable } from './restartable.js';
import { missing } from './missing.js';

/** A Redis or Valkey of one's own by NEXTCORE_REDIS; else what `python3 -m offline.redis` has unpacked, else the machine's. */
const PROGRAM = [process.env.NEXTCORE_REDIS, join(homedir(), '.cache/nextcore/redis/redis-server'), '/usr/bin/redis-server', '/usr/bin/valkey-server'].find((path) => path && existsSync(path));

/** @returns {string|false} why no server can be started */
export const noRedis = () => missing(!PROGRAM && 'no Redis server: run `python3.11 -m offline.redis` in the project');

/**
 * A real server that can be killed and started again; it keeps nothing on the disk, so it comes back empty.
 * @param {import('node:test').TestContext} test
 */
export async function startRedis(test) {
  const port = await freePort();
  const server = await restartable(test, port, () => spawn(String(PROGRAM), ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--requirepass', 'pass word'], { stdio: 'ignore' }));
  return { ...server, port, url: `redis://:pass%20word@127.0.0.1:${port}/1`, ask: (/** @type {string[]} */ ...command) => ask(port, command) };
}

/** One command; the answer as redis-cli prints it. @param {number} port @param {string[]} command */
function ask(port, command) {
  const cli = String(PROGRAM).replace(/-server$/, '-cli');
  const { stdout, stderr, status } = spawnSync(cli, ['-p', String(port), '-n', '1', '--no-auth-warning', '-a', 'pass word', ...command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout.trim();
}
