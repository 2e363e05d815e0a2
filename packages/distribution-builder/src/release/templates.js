/**
 * @typedef {object} Facts
 * @property {string} name
 * @property {string} version
 * @property {string} arch
 * @property {boolean} externals
 * @property {{read: string[], required: string[], atRuntime?: Record<string, string|null>|null}} env
 * @property {boolean} firstRunInstall
 * @property {boolean} vendor
 */

/** Installs node_modules from package.json beside the script, once. */
const INSTALL = `install_packages() {
  # $1: folder with package.json. Into a folder of its own first: an interrupted install leaves nothing half done.
  [ -d "$1/node_modules" ] && return 0
  work="$1/.install.$$"
  mkdir -p "$work"
  cp "$1/package.json" "$work/"
  if command -v bun >/dev/null 2>&1; then (cd "$work" && bun install --production) >&2
  elif command -v npm >/dev/null 2>&1; then (cd "$work" && npm install --omit=dev --no-audit --no-fund --no-package-lock) >&2
  else echo "error: neither bun nor npm is installed, one of them must install the packages of $1/package.json" >&2; rm -rf "$work"; return 1
  fi || { rm -rf "$work"; return 1; }
  mv "$work/node_modules" "$1/node_modules"
  rm -rf "$work"
}
`;

/** The vendored way needs tar only. */
const UNPACK = `install_packages() {
  [ -d "$1/node_modules" ] && return 0
  work="$1/.install.$$"
  while IFS="$(printf '\\t')" read -r path tarball; do
    mkdir -p "$work/$path"
    tar -xzf "$1/vendor/$tarball" -C "$work/$path" --strip-components=1
  done < "$1/vendor/index.tsv"
  mv "$work/node_modules" "$1/node_modules"
  rm -rf "$work"
}
`;

/** Of a second run with the same packages the first one's are taken. */
const KEEP_PACKAGES = `if [ -d "$target/node_modules" ] && [ ! -d "$target.new/node_modules" ] && cmp -s "$target/package.json" "$here/package.json"; then
  cp -R "$target/node_modules" "$target.new/node_modules"
fi
install_packages "$target.new"
rm -rf "$target.new/vendor"
`;

/**
 * Static files that hold NEXT_PUBLIC_ values, at each start, as the values may have changed. What an earlier start wrote
 * stays: pages that are open still ask for it.
 */
const FILL = `if [ $# -eq 0 ]; then
  filled="\${NEXTCORE_FILLED_DIR:-$here/filled}"
  mkdir -p "$filled"
  "$here/server" fill-assets "$here/assets" "$filled" >/dev/null
fi
`;

/** @param {Facts} facts */
export const runScript = (facts) => `#!/bin/sh
# Starts ${facts.name} from wherever this folder stands.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
${facts.firstRunInstall ? `\n${INSTALL}\ninstall_packages "$here"\n` : ''}${facts.externals ? 'export NODE_PATH="$here/node_modules${NODE_PATH:+:$NODE_PATH}"\n' : ''}# Where Next finds static files when it needs them itself (next/image); set it empty where a CDN serves them.
export NEXTCORE_ASSETS_DIR="\${NEXTCORE_ASSETS_DIR-$here/assets}"
${facts.env.atRuntime ? FILL : ''}exec "$here/server" "$@"
`;

/** @param {Facts} facts */
export const setupScript = (facts) => `#!/bin/sh
# Installs ${facts.name} ${facts.version} as a systemd service. Running it again changes nothing that is already so:
# the environment file is kept, the program is replaced as a whole.
#   PREFIX=/opt  ETC=/etc  UNITS=/etc/systemd/system   where things go
#   SERVICE=no                                          only copy the files
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd -P)
prefix=\${PREFIX:-/opt} etc=\${ETC:-/etc} units=\${UNITS:-/etc/systemd/system} service=\${SERVICE:-yes}
target="$prefix/${facts.name}"
${facts.externals && !facts.firstRunInstall ? `\n${facts.vendor ? UNPACK : INSTALL}` : ''}
if [ "$(uname -m)" != "${facts.arch === 'arm64' ? 'aarch64' : 'x86_64'}" ]; then
  echo "error: this release is for linux-${facts.arch}, the machine is $(uname -m)" >&2
  exit 1
fi
if [ "$service" = yes ] && ! id -u ${facts.name} >/dev/null 2>&1; then
  useradd --system --home-dir "$target" --no-create-home --shell /usr/sbin/nologin ${facts.name}
fi

mkdir -p "$prefix" "$etc/${facts.name}" "$units"
rm -rf "$target.new"
cp -R "$here" "$target.new"
${facts.externals && !facts.firstRunInstall ? KEEP_PACKAGES : ''}rm -rf "$target.old"
[ ! -d "$target" ] || mv "$target" "$target.old"
mv "$target.new" "$target"
rm -rf "$target.old"

if [ ! -e "$etc/${facts.name}/env" ]; then
  (umask 077 && cp "$here/.env.example" "$etc/${facts.name}/env")
  echo "fill in $etc/${facts.name}/env, then: systemctl restart ${facts.name}"
fi
sed -e "s#/opt/${facts.name}#$target#g" -e "s#/etc/${facts.name}/env#$etc/${facts.name}/env#g" "$here/${facts.name}.service" > "$units/${facts.name}.service"
if [ "$service" = yes ]; then
${facts.firstRunInstall ? `  chown -R ${facts.name}: "$target"\n` : ''}  systemctl daemon-reload
  systemctl enable ${facts.name}
  systemctl restart ${facts.name}
fi
echo "${facts.name} ${facts.version} is in $target"
`;

/** @param {Facts} facts */
export const serviceUnit = (facts) => `[Unit]
Description=${facts.name}
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=${facts.name}
Group=${facts.name}
EnvironmentFile=/etc/${facts.name}/env
Environment=NEXTCORE_CACHE_DIR=/var/cache/${facts.name}
${facts.env.atRuntime ? `Environment=NEXTCORE_FILLED_DIR=/var/lib/${facts.name}/filled\nStateDirectory=${facts.name}\n` : ''}WorkingDirectory=/opt/${facts.name}
ExecStart=/opt/${facts.name}/run.sh
Restart=on-failure
RestartSec=2
# The server lets requests in flight finish on SIGTERM.
KillSignal=SIGTERM
TimeoutStopSec=30
CacheDirectory=${facts.name}
${facts.firstRunInstall ? `# The first run writes node_modules.\nReadWritePaths=/opt/${facts.name}\n` : ''}CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
# MemoryDenyWriteExecute stays off: a JavaScript engine compiles at run time.

[Install]
WantedBy=multi-user.target
`;

/** @param {Facts} facts */
export function envExample({ env }) {
  const atRuntime = Object.entries(env.atRuntime ?? {});
  const optional = env.read.filter((name) => !env.required.includes(name) && !Object.hasOwn(env.atRuntime ?? {}, name));
  const required = [...new Set([...env.required, ...atRuntime.filter(([, value]) => value === null).map(([name]) => name)])].sort();
  const defaults = atRuntime.filter(([, value]) => value !== null);
  return [
    '# Where the server listens.',
    'PORT=3000',
    'HOSTNAME=0.0.0.0',
    '',
    '# Key of draft mode, the same on every machine; at least 16 characters (openssl rand -hex 32).',
    '#NEXTCORE_PREVIEW_SECRET=',
    ...(required.length ? ['', '# Required.', ...required.map((name) => `${name}=`)] : []),
    ...(defaults.length ? ['', '# Seen by browsers; else what the build found in .env files.', ...defaults.map(([name, value]) => `#${name}=${value}`)] : []),
    ...(optional.length ? ['', '# Read by the app, optional.', ...optional.map((name) => `#${name}=`)] : []),
    '',
  ].join('\n');
}

/** @param {Facts} facts */
export const readme = (facts) => `# ${facts.name} ${facts.version} (linux-${facts.arch})

    sudo ./setup.sh                    installs a systemd service, or updates it
    PORT=8080 ./run.sh                 runs it from here
    ./server healthcheck               exit code 0 when a server on $PORT answers

Settings stand in /etc/${facts.name}/env, from .env.example; setup.sh never overwrites that file.
assets/ holds the static files at their URL paths: let a reverse proxy serve them, and pass the rest to the server.
${facts.env.atRuntime ? `Browsers see NEXT_PUBLIC_ values of the settings. At each start run.sh writes the static files that hold them to\n/var/lib/${facts.name}/filled (\$NEXTCORE_FILLED_DIR; filled/ beside run.sh without systemd): the proxy looks there first, then\nin assets/.\n` : ''}${facts.externals ? `The packages of package.json stay outside of the executable. ${facts.vendor ? 'Their tarballs are in vendor/; setup.sh unpacks them, no network is needed.' : facts.firstRunInstall ? 'run.sh installs them at its first run (bun or npm, network).' : 'setup.sh installs them (bun or npm, network); an image build does the same with `bun install --production`.'}\n` : ''}`;
