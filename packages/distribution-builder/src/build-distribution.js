import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectApp } from './build/app.js';
import { gitCommit } from './build/git.js';
import { cacheKey, fingerprintSource } from './fingerprint/fingerprint.js';
import { mergeGenerated, readSources } from './fingerprint/sources.js';
import { cacheFolder, describeOutputs, outputsUntouched, readState, stateFile, writeState } from './fingerprint/state.js';

/**
 * The whole pipeline: app folder -> dist/{server, payload.json, sbom.json, assets/, package.json}.
 *
 * @param {import('./cli/args.js').BuildOptions} options
 * @param {(stage: string, detail?: string) => void} onProgress
 * @param {() => Promise<Pick<typeof import('./link/executable.js'), 'makeExecutable'>>} [loadLinker] tests give a quick one
 */
export async function buildDistribution(options, onProgress, loadLinker = () => import('./link/executable.js')) {
  const clock = stopwatch();
  const app = inspectApp(options.appDir, options.buildScript);
  const file = stateFile(app.appDir, options.out);
  const state = readState(file);
  const skip = [options.out, ...(state?.result.distDir ? [state.result.distDir] : [])];
  const before = readSources(app.root, { skip, known: state?.files });
  const settings = [ownState(), options.arch, options.natives, String(options.install), String(options.pwa), String(options.publicAtRuntime), `${options.packageManager} run ${options.buildScript}`, String(Boolean(process.env.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY)), ...options.externals];
  const key = cacheKey(app, before, state?.generated ?? {}, settings, !options.publicAtRuntime);
  clock.lap('fingerprint');
  if (state && state.key === key && outputsUntouched(state.outputs)) {
    onProgress('nothing changed', options.out);
    return { ...state.result.printed, cached: true, durations: clock.laps };
  }

  // What follows is loaded only now: the road above has 0.3 s.
  const { ACTIONS_KEY, removeActionsKey } = await import('./build/actions-key.js');
  const { runBuild } = await import('./build/run-build.js');
  const { makeWorkFolder } = await import('./build/work-folder.js');
  const { removeOwnPaths } = await import('./build/own-paths.js');
  const { replacePreviewKeys, stableKey } = await import('./build/stable-keys.js');
  const { collectBuild } = await import('./collect/collect.js');
  const { copyAssets } = await import('./payload/assets.js');
  const { writeExternalPackages } = await import('./externals/package-json.js');
  const { environment } = await import('./payload/env.js');
  const { makeSbom } = await import('./sbom/cyclonedx.js');
  const { appName, makePayload } = await import('./payload/payload.js');
  const { placeholder, publicNames } = await import('./public-env/names.js');
  const { preparePublicValues } = await import('./public-env/prepare.js');
  const { ensureRegistration, placeRegistration } = await import('./pwa/registration.js');

  const workDir = makeWorkFolder(cacheFolder());
  mkdirSync(options.out, { recursive: true });
  try {
    const { fingerprint, seed, names } = fingerprintSource(app, before, state?.generated ?? {}, !options.publicAtRuntime);
    onProgress('build', `next ${app.nextVersion}, ${app.appDir}`);
    const clientInject = options.pwa ? placeRegistration(app) : null;
    const publicValues = options.publicAtRuntime ? publicNames(app, names) : null;
    const reported = await runBuild(app, {
      // What an option changes in the browser's files changes the build id, too: its URLs name one content.
      buildId: stableKey([fingerprint, ...(options.pwa ? ['pwa'] : []), ...(publicValues ? ['public at runtime'] : [])].join(' '), 'build id', 12).toString('base64url').replaceAll(/[-_]/g, '0'),
      actionsKey: stableKey(seed, 'server actions', 32).toString('base64'),
      workDir,
      clientInject,
      placeholders: publicValues && Object.fromEntries(Object.keys(publicValues).map((name) => [name, placeholder(name)])),
      script: options.buildScript ?? 'build',
      manager: options.packageManager,
      onOutput: (text) => process.stderr.write(text),
    });
    clock.lap('nextBuild');

    const build = collectBuild(app, reported, { sourceFingerprint: fingerprint, gitSha: gitCommit(app.root) });
    if (options.pwa) await ensureRegistration(build);
    if (publicValues) preparePublicValues(build, publicValues);
    removeOwnPaths(build);
    replacePreviewKeys(build.distDir, seed);
    const neededKeys = removeActionsKey(build.distDir, process.env[ACTIONS_KEY]);
    clock.lap('collect');

    onProgress('assets');
    const assets = await copyAssets(build, join(options.out, 'assets'));
    clock.lap('assets');

    const name = appName(app.manifest, app.appDir);
    const made = await executable(build, name, options, workDir, onProgress, loadLinker);
    clock.lap('executable');

    const payload = makePayload(build, {
      name,
      arch: options.arch,
      executable: made && { sha256: made.sha256, size: made.size },
      natives: made?.natives ?? [],
      externals: made?.externals ?? [],
      assets,
      env: { ...environment(app.appDir, app.root, names, made?.envNames ?? [], neededKeys), atRuntime: publicValues },
    });
    if (options.pwa) {
      const { addServiceWorker } = await import('./pwa/service-worker.js');
      await addServiceWorker(build, payload, join(options.out, 'assets'), onProgress);
    }
    const payloadFile = join(options.out, 'payload.json');
    writeFileSync(payloadFile, JSON.stringify(payload, null, 2) + '\n');
    const outputs = [payloadFile, join(options.out, 'assets'), ...(made ? [join(options.out, 'server')] : [])];
    if (made) {
      const sbomFile = join(options.out, 'sbom.json');
      const sbom = makeSbom({ app: { name: payload.app.name, version: build.buildId }, bun: made.bunVersion, packages: made.packages });
      writeFileSync(sbomFile, JSON.stringify(sbom, null, 1) + '\n');
      outputs.push(sbomFile);
    }
    outputs.push(...writeExternalPackages(build.root, options, { name: payload.app.name, version: app.manifest.version, externals: made?.externals ?? [] }));
    clock.lap('payload');

    const printed = {
      dist: options.out,
      buildId: build.buildId,
      executable: made && { path: join(options.out, 'server'), sha256: made.sha256, size: made.size },
      payload: payloadFile,
      assets: { count: payload.assets.length, bytes: payload.assets.reduce((sum, asset) => sum + asset.size, 0) },
    };
    const after = readSources(app.root, { skip: [options.out, build.distDir], known: before });
    const generated = mergeGenerated(state?.generated ?? {}, before, after);
    writeState(file, {
      key: cacheKey(app, after, generated, settings, !options.publicAtRuntime),
      files: after,
      generated,
      outputs: describeOutputs(outputs),
      result: { printed, distDir: build.distDir },
    });
    return { ...printed, cached: false, durations: clock.laps };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/**
 * @param {import('./collect/next-build.js').NextBuild} build
 * @param {string} name of the app
 * @param {import('./cli/args.js').BuildOptions} options
 * @param {string} workDir
 * @param {(stage: string, detail?: string) => void} onProgress
 * @param {() => Promise<Pick<typeof import('./link/executable.js'), 'makeExecutable'>>} loadLinker
 */
async function executable(build, name, options, workDir, onProgress, loadLinker) {
  const path = join(options.out, 'server');
  if (build.outputMode === 'export') {
    rmSync(path, { force: true });
    return null;
  }
  const { makeExecutable } = await loadLinker();
  return makeExecutable(build, {
    name,
    out: path,
    arch: options.arch,
    natives: options.natives,
    externals: options.externals,
    cacheDir: join(cacheFolder(), 'link'),
    workDir: join(workDir, 'link'),
    onProgress,
  });
}

/** Another version of this package, or an edited one, must not keep a dist the former made. */
function ownState() {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${file} ${statSync(file).mtimeMs}`)
    .join('\n');
}

/** Milliseconds of each stage, for --json. */
function stopwatch() {
  const start = performance.now();
  let last = start;
  /** @type {Record<string, number>} */
  const laps = {};
  return {
    laps,
    /** @param {string} name */
    lap(name) {
      const now = performance.now();
      laps[name] = Math.round(now - last);
      laps.total = Math.round(now - start);
      last = now;
    },
  };
}
