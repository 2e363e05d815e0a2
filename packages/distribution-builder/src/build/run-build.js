import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuilderError } from '../errors.js';

const ADAPTER = fileURLToPath(new URL('./adapter.mjs', import.meta.url));

/** Lock file -> package manager. The build script may rely on its own (pnpm -r, yarn workspaces). */
const MANAGERS = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/**
 * Runs the app's own build script, so that what it does before and after `next build` counts.
 *
 * @param {import('./app.js').App} app
 * @param {{buildId: string, actionsKey: string, workDir: string, clientInject: string|null, placeholders: Record<string, string>|null, script: string, manager: string|undefined, onOutput: (text: string) => void}} options
 * @returns {Promise<Record<string, any>|null>} what the adapter wrote; null if the app brings an adapter of its own
 */
export async function runBuild(app, { buildId, actionsKey, workDir, clientInject, placeholders, script, manager, onOutput }) {
  const output = join(workDir, 'adapter.json');
  const compiled = join(workDir, 'compiled');
  for (const file of [output, compiled]) rmSync(file, { force: true });
  if (manager && !onPath(manager)) {
    throw new BuilderError({ what: `there is no ${manager}, which shall run the app's build`, where: 'PATH', next: `install ${manager}, or name another with --package-manager` });
  }
  const runner = manager ?? packageManager(app);
  const tail = await run(runner, ['run', script], {
    cwd: app.appDir,
    env: {
      ...process.env,
      NEXT_ADAPTER_PATH: ADAPTER,
      NEXTCORE_ADAPTER_OUTPUT: output,
      ...(app.adapterMeansMinimal ? { NEXTCORE_ADAPTER_LEAVES: 'true' } : {}),
      NEXTCORE_BUILD_ID: buildId,
      ...(placeholders ? { ...placeholders, NEXTCORE_PUBLIC_PLACEHOLDERS: JSON.stringify(placeholders), NEXTCORE_COMPILED_MARK: compiled } : {}),
      ...(clientInject ? { NEXTCORE_CLIENT_INJECT: clientInject } : {}),
      NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY ?? actionsKey,
      NEXT_PRIVATE_STANDALONE: 'true', // makes Next trace its server entry, too (next-server.js.nft.json)
      NEXT_TELEMETRY_DISABLED: process.env.NEXT_TELEMETRY_DISABLED ?? '1',
    },
    onOutput,
  });
  if (tail !== null) {
    throw new BuilderError({ what: `the app's build failed (${tail}); its own output stands above`, where: `${app.appDir}, ${runner} run ${script}`, next: 'make the build pass by itself, then run again' });
  }
  // Without it, pages were made with no value, or code compiled with a placeholder: both look well and are wrong.
  if (placeholders && !existsSync(compiled)) {
    throw new BuilderError({ what: `Next ${app.nextVersion} did not tell when compilation ended (compiler.runAfterProductionCompile)`, where: `${app.appDir}, next.config`, next: 'leave --public-at-runtime out, or remove an adapterPath of your own' });
  }
  return existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : null;
}

/** @param {import('./app.js').App} app */
function packageManager(app) {
  const named = /^(npm|pnpm|yarn|bun)@/.exec(app.manifest.packageManager ?? '')?.[1];
  const locked = MANAGERS.find(([file]) => existsSync(join(app.appDir, file)) || existsSync(join(app.root, file)))?.[1];
  const wanted = named ?? locked ?? 'npm';
  // npm can run any package.json's scripts; only a script that calls its manager by name needs that one.
  return onPath(wanted) ? wanted : 'npm';
}

/** @param {string} command */
function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * @param {string} command @param {string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv, onOutput: (text: string) => void}} options
 * @returns {Promise<string|null>} null when it succeeded, else how it ended
 */
function run(command, args, { cwd, env, onOutput }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', onOutput);
    child.stderr.setEncoding('utf8').on('data', onOutput);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code === 0 ? null : signal ? `ended by ${signal}` : `exit code ${code}`));
  });
}
