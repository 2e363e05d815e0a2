import { connect } from 'node:net';

/**
 * A server that a test starts, kills and starts again on one port; it is killed at the test's end. Started when this returns.
 * @param {import('node:test').TestContext} test
 * @param {number} port
 * @param {() => import('node:child_process').ChildProcess} launch
 */
export async function restartable(test, port, launch) {
  /** @type {import('node:child_process').ChildProcess|undefined} */
  let child;
  const start = async () => {
    child = launch();
    for (const deadline = Date.now() + 10_000; !(await answers(port)); ) {
      if (Date.now() > deadline) throw new Error(`${child.spawnfile} does not start`);
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
  return { start, kill, signal: (/** @type {NodeJS.Signals} */ name) => child?.kill(name) };
}

/** @param {number} port @returns {Promise<boolean>} */
const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
