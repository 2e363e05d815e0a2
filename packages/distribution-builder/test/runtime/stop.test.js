import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bunExecutable } from '../../src/compile/bun.js';

const SCRIPT = fileURLToPath(new URL('./stop.script.mjs', import.meta.url));

/** @param {number} port @param {string} head @param {RegExp} until what must have come before it counts as open */
async function open(port, head, until) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const seen = { text: '', socket, ended: once(socket, 'end') };
  socket.setEncoding('latin1').on('error', () => {});
  socket.write(`GET / HTTP/1.1\r\nhost: a\r\n${head}\r\n`);
  await new Promise((resolve) => {
    socket.on('data', (part) => {
      seen.text += part;
      if (until.test(seen.text)) resolve(undefined);
    });
  });
  return seen;
}

test('SIGTERM: answers in flight are finished, an open WebSocket is closed, exit code 0', { timeout: 20_000 }, async (t) => {
  const child = spawn(bunExecutable(), [SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  await new Promise((resolve) => child.stdout.on('data', (text) => resolve((printed += text))));
  const port = Number(printed);
  const stubborn = await open(port, 'connection: Upgrade\r\nupgrade: websocket\r\n', /101/); // never ends its side
  const request = await open(port, '', /begun/);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await stubborn.ended;
  assert.deepEqual(await ended, [0, null]);
  await request.ended;
  assert.match(request.text, /begun .*and finished/s);
  assert.match(printed, /closed/);
  for (const { socket } of [stubborn, request]) socket.destroy();
});
