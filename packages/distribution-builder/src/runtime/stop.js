/** How long the other side of a WebSocket may take to close it, in milliseconds. */
const FAREWELL = 2_000;

/**
 * SIGTERM and SIGINT: no new connection, answers in flight are finished, then exit 0.
 *
 * WebSockets that Next passes on (rewrites to another host) have no end of their own: under `next start` one that is
 * open keeps the process until it is killed. Here they are closed.
 *
 * @param {import('node:http').Server} server
 * @param {() => unknown} close called when the last answer is finished
 */
export function stopGracefully(server, close) {
  /** @type {Set<import('node:stream').Duplex>} */
  const sockets = new Set();
  server.on('upgrade', (_request, socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close(async () => {
      try {
        await close();
      } finally {
        process.exit(0);
      }
    });
    // One that finishes its answer only now would stay for KEEP_ALIVE_TIMEOUT.
    server.closeIdleConnections();
    setInterval(() => server.closeIdleConnections(), 50);
    for (const socket of sockets) socket.end();
    setTimeout(() => sockets.forEach((socket) => socket.destroy()), FAREWELL).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
