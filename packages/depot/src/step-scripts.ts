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
uses=,$1,
shift
tools=${toolsPlace}
out=${recordedPlace}
is_used() { case $uses in *,$1,*) [ -f "$tools/$1.names" ] ;; *) return 1 ;; esac; }
find_pip() {
  if command -v pip >/dev/null; then echo pip
  elif command -v pip3 >/dev/null; then echo pip3
  else echo python3 -m pip
  fi
}
# A distribution's own packages of Python have no such mark, and come from no index.
installed_by_pip() {
  for python in python3 python; do
    command -v $python >/dev/null || continue
    $python -c '
import importlib.metadata as m
for d in m.distributions():
    if (d.read_text("INSTALLER") or "").strip() in ("pip", "uv"):
        print(d.metadata["Name"] + "==" + d.version)' | sort
    return
  done
}
# A later step may run as another user.
open_folder() { mkdir -p "$1" && { chmod 777 "$1" 2>/dev/null || true; }; }
open_folder "$out"
before=$(mktemp)
after=$(mktemp)
if is_used apt; then
  mkdir -p "$out/apt/partial"
  APT_CONFIG=$tools/record-apt.conf
  export APT_CONFIG
fi
if is_used pip; then installed_by_pip >"$before"; fi
if is_used npm; then
  open_folder "$out/npm"
  # shellcheck disable=SC2046
  node "$tools/npm.cjs" record "$out/npm" $(cat "$tools/npm.names") -- "$@"
else
  "$@"
fi
if is_used apt; then
  apt-get -qq update
  # shellcheck disable=SC2046
  apt-get -qq -y install --no-install-recommends --download-only $(cat "$tools/apt.names")
  cd "$out/apt"
  # apt decodes the names in its index.
  for deb in *%3a*.deb; do
    if [ -f "$deb" ]; then mv -- "$deb" "$(printf %s "$deb" | sed 's/%3a/_/g')"; fi
  done
  : >Packages
  for deb in *.deb; do
    [ -f "$deb" ] || continue
    {
      dpkg-deb -f "$deb"
      printf 'Filename: ./%s\\nSize: %s\\n' "$deb" "$(wc -c <"$deb")"
      printf 'SHA256: %s\\n\\n' "$(sha256sum "$deb" | cut -d' ' -f1)"
    } >>Packages
  done
  dpkg-query -W -f '\${Package} \${Version}\\n' >installed
  cd /
fi
if is_used pip; then
  pip=$(find_pip)
  open_folder "$out/pip"
  if [ ! -f "$out/pip/installed" ]; then cp "$before" "$out/pip/installed"; fi
  installed_by_pip | grep -vxFf "$before" >"$after" || true
  if [ -s "$after" ]; then $pip wheel -q --no-deps -w "$out/pip" -r "$after"; fi
  if [ -s "$tools/pip.names" ]; then $pip wheel -q -w "$out/pip" -r "$tools/pip.names"; fi
fi
rm -f "$before" "$after"
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
