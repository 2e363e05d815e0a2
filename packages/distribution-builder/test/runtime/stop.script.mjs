// A server with a WebSocket, an answer that takes its time and an idle connection; prints its port.
import http from 'node:http';
import { stopGracefully } from '../../src/runtime/stop.js';

const server = http.createServer((request, response) => {
  response.write('begun ');
  process.once('SIGTERM', () => setTimeout(() => response.end('and finished'), 300));
});
server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n'));
stopGracefully(server, () => process.stdout.write('closed\n'));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${/** @type {import('node:net').AddressInfo} */ (server.address()).port}\n`));
