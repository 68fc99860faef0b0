import { npmScript } from './npm-script.ts';

/** Where a build step finds the scripts and, when it runs again, the carried packages. */
export const toolsPlace = '/run/bundle-tools';
export const packagesPlace = '/run/bundle-packages';
/** Where a recorded stage collects the packages. */
export const recordedPlace = '/bundle-packages';

/** Runs a dependency step offline, with the carried packages as the only source. */
const serve = `#!/bin/sh
packages=${packagesPlace}
tools=${toolsPlace}
if [ -d "$packages/apt" ]; then APT_CONFIG=$tools/serve-apt.conf; export APT_CONFIG; fi
if [ -d "$packages/pip" ]; then
  PIP_NO_INDEX=1 PIP_FIND_LINKS=$packages/pip PIP_DISABLE_PIP_VERSION_CHECK=1 UV_OFFLINE=1 UV_FIND_LINKS=$packages/pip
  export PIP_NO_INDEX PIP_FIND_LINKS PIP_DISABLE_PIP_VERSION_CHECK UV_OFFLINE UV_FIND_LINKS
fi
if [ -d "$packages/npm" ] && command -v npm >/dev/null; then
  exec node "$tools/npm.cjs" serve "$packages/npm" -- "$@"
fi
exec "$@"
`;

/** Runs a dependency step with a network, and keeps what it fetched, and the packages named in the spec. */
const record = `#!/bin/sh
set -e
tools=${toolsPlace}
out=${recordedPlace}
words() { if [ -f "$tools/$1.names" ]; then cat "$tools/$1.names"; fi; }
mkdir -p "$out"
find_pip() {
  if command -v pip >/dev/null; then echo pip
  elif command -v pip3 >/dev/null; then echo pip3
  elif python3 -m pip --version >/dev/null 2>&1; then echo python3 -m pip
  fi
}
if [ -f "$tools/apt.names" ]; then
  mkdir -p "$out/apt/partial"
  export APT_CONFIG="$tools/record-apt.conf"
fi
before=$(mktemp)
pip=$(find_pip)
if [ -f "$tools/pip.names" ] && [ -n "$pip" ]; then $pip list --format=freeze >"$before"; fi
if [ -f "$tools/npm.names" ] && command -v npm >/dev/null; then
  mkdir -p "$out/npm"
  # shellcheck disable=SC2046
  node "$tools/npm.cjs" record "$out/npm" $(words npm) -- "$@"
else
  "$@"
fi
if [ -f "$tools/apt.names" ]; then
  apt-get -qq update
  apt-get -qq -y install --no-install-recommends --download-only $(words apt)
  cd "$out/apt"
  rm -rf partial lock
  : >Packages
  for deb in *.deb; do
    [ -f "$deb" ] || continue
    # apt decodes the names that it is given.
    plain=$(printf %s "$deb" | sed 's/%3a/_/g')
    [ "$deb" = "$plain" ] || mv -- "$deb" "$plain"
  done
  for deb in *.deb; do
    [ -f "$deb" ] || continue
    dpkg-deb -f "$deb" >>Packages
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(wc -c <"$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)" >>Packages
  done
  dpkg-query -W -f '\${Package} \${Version}\\n' >installed
  mkdir -p partial
  cd /
fi
pip=$(find_pip)
if [ -f "$tools/pip.names" ] && [ -n "$pip" ]; then
  mkdir -p "$out/pip"
  after=$(mktemp)
  $pip list --format=freeze | grep -vxFf "$before" >"$after" || true
  if [ -s "$after" ]; then $pip wheel -q --no-deps -w "$out/pip" -r "$after"; fi
  if [ -s "$tools/pip.names" ]; then $pip wheel -q -w "$out/pip" -r "$tools/pip.names"; fi
fi
`;

const recordApt = `Dir::Cache::archives "${recordedPlace}/apt";
APT::Keep-Downloaded-Packages "true";
Binary::apt::APT::Keep-Downloaded-Packages "true";
APT::Sandbox::User "root";
`;

const serveApt = `Dir::Etc::sourcelist "${toolsPlace}/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "root";
`;

/** The bundle lists the digest of each package, and the bundle is what was verified. */
const sourcesList = `deb [trusted=yes] file:${packagesPlace}/apt ./\n`;

/** Files of the folder that is mounted at `toolsPlace`, by name. */
export const toolFiles: Readonly<Record<string, string>> = {
  'serve.sh': serve,
  'record.sh': record,
  'npm.cjs': npmScript,
  'record-apt.conf': recordApt,
  'serve-apt.conf': serveApt,
  'sources.list': sourcesList,
};
