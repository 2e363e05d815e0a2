import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startExecutable, waitFor } from './processes.js';

const REPO = fileURLToPath(new URL('../../../../..', import.meta.url));

const RENDER = `
import sys
from pathlib import Path
from nextcore.caddyfile import SiteOptions, render_main, render_site
from nextcore.payload import load_payload
site = render_site(load_payload(Path(sys.argv[1])), SiteOptions(app="storefront", http_port=int(sys.argv[2])))
print(render_main() + "\\0" + site)
`;

/** Static files with their values, by the executable itself. @param {string} dist @param {string} out @param {NodeJS.ProcessEnv} env @returns {string[]} */
function fillAssets(dist, out, env) {
  const told = execFileSync(join(dist, 'server'), ['fill-assets', join(dist, 'assets'), out], { env: { ...process.env, ...env }, encoding: 'utf8' });
  return JSON.parse(told).written;
}

/**
 * What a deployment on one machine is: Caddy with the generated configuration, static files of all builds, and the
 * executable of the newest. No container, so paths of the proxy's container become paths below a folder.
 */
export class Site {
  /** @param {string} folder @param {number} port */
  constructor(folder, port) {
    this.folder = folder;
    this.port = port;
    this.origin = `http://localhost:${port}`;
    /** @type {import('./processes.js').Running|undefined} */
    this.live = undefined;
    /** @type {import('./processes.js').Running|undefined} */
    this.caddy = undefined;
  }

  /** Serves its first build. @param {string} dist @param {NodeJS.ProcessEnv} [env] */
  static async open(dist, env) {
    const site = new Site(mkdtempSync(join(tmpdir(), 'browser-site-')), await freePort());
    try {
      await site.deploy(dist, env);
      await site.startCaddy(dist);
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  /** A new build: files first, then its server, then traffic, then the old server ends. @param {string} dist @param {NodeJS.ProcessEnv} [env] */
  async deploy(dist, env = {}) {
    const payload = JSON.parse(readFileSync(join(dist, 'payload.json'), 'utf8'));
    const assets = join(this.folder, 'assets/storefront');
    const filled = payload.env.atRuntime ? fillAssets(dist, join(this.folder, 'filled'), env) : [];
    const mark = createHash('sha256').update([payload.build.id, ...filled].join()).digest('hex').slice(0, 12);
    this.copyAssets(dist, payload.assets, mark);
    if (filled.length > 0) this.copyAssets(this.folder, filled.map((file) => ({ file, immutable: file.startsWith('_next/static/') })), mark, 'filled');
    const before = this.live;
    this.live = await startExecutable(dist, { NEXTCORE_ASSETS_DIR: join(assets, 'builds', mark), ...env });
    mkdirSync(join(this.folder, 'caddy/live'), { recursive: true });
    for (const name of ['b', 'a']) {
      const file = join(this.folder, `caddy/live/storefront.${name}`);
      writeFileSync(`${file}.new`, `127.0.0.1:${this.live.port} ${mark}`);
      renameSync(`${file}.new`, file);
    }
    await before?.stop();
  }

  /** @param {string} dist @param {{file: string, immutable: boolean}[]} assets @param {string} mark @param {string} [folder] */
  copyAssets(dist, assets, mark, folder = 'assets') {
    for (const asset of assets) {
      for (const place of asset.immutable ? ['static', join('builds', mark)] : [join('builds', mark)]) {
        const target = join(this.folder, 'assets/storefront', place, asset.file);
        if (asset.immutable && existsSync(target)) continue; // of the build before: a browser may be loading it at this moment
        mkdirSync(dirname(target), { recursive: true });
        copyFileSync(join(dist, folder, asset.file), target);
      }
    }
  }

  /** @param {string} dist */
  async startCaddy(dist) {
    const rendered = execFileSync('python', ['-c', RENDER, join(dist, 'payload.json'), String(this.port)], { cwd: REPO, encoding: 'utf8' });
    const here = rendered
      .replaceAll('/etc/caddy', join(this.folder, 'caddy'))
      .replaceAll('/srv/assets', join(this.folder, 'assets'))
      .replaceAll('/run/caddy/admin.sock', join(this.folder, 'admin.sock'))
      .replace('{\n', '{\n\tdefault_bind 127.0.0.1 [::1]\n');
    const [main, site] = here.split('\0');
    mkdirSync(join(this.folder, 'caddy/sites'), { recursive: true });
    writeFileSync(join(this.folder, 'caddy/Caddyfile'), main);
    writeFileSync(join(this.folder, 'caddy/sites/storefront.caddy'), site);
    const caddy = spawn('caddy', ['run', '--config', join(this.folder, 'caddy/Caddyfile')], {
      env: { ...process.env, XDG_DATA_HOME: this.folder, XDG_CONFIG_HOME: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.caddy = await waitFor(caddy, this.port, 'caddy');
  }

  /** Runs it while no build has this file. @param {string} path @param {() => Promise<void>} run */
  async without(path, run) {
    const builds = join(this.folder, 'assets/storefront/builds');
    const files = readdirSync(builds).map((mark) => join(builds, mark, path));
    for (const file of files) renameSync(file, `${file}.away`);
    await run();
    for (const file of files) renameSync(`${file}.away`, file);
  }

  /** The network goes: nothing answers on the site's port. */
  async goOffline() {
    await this.caddy?.stop();
    this.caddy = undefined;
  }

  async close() {
    await this.caddy?.stop();
    await this.live?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
