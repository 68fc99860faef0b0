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
# Lists what pip or uv installed in every environment, on the PATH or not: its dist-info, name and version.
# A distribution's own packages of Python have no such mark.
installed_by_pip() {
  find / -xdev -type d -name '*.dist-info' -prune 2>/dev/null | while read -r info; do
    case $(cat "$info/INSTALLER" 2>/dev/null) in pip | uv) ;; *) continue ;; esac
    [ -f "$info/METADATA" ] || continue
    name=$(sed -n '/^Name: */{s///;s/[^A-Za-z0-9._-]//g;p;q;}' "$info/METADATA")
    version=$(sed -n '/^Version: */{s///;s/[^A-Za-z0-9._+!-]//g;p;q;}' "$info/METADATA")
    printf '%s %s==%s\\n' "$info" "$name" "$version"
  done | sort
}
# Keeps what an index can be asked for again, not what came from a folder or an address.
from_index() {
  while read -r line; do
    if [ ! -f "\${line% *}/direct_url.json" ]; then printf '%s\\n' "$line"; fi
  done
}
# Lists the options of pip in a step that say where packages come from, for its variables to be filled in. A value that
# a command prints is not known here.
index_options() {
  printf '%s ' "$@" | tr '\\n\\t"\\\\' '    ' | tr -d "'" |
    grep -oE -e '--(index-url|extra-index-url|find-links|trusted-host)[ =]+[^ ;|&<>]+' | grep -v '[(\`]' | tr '\\n' ' '
}
# wheel FOLDER OPTION...: makes wheels with the pip of the environment that this folder of packages belongs to, or with
# another pip for its Python. An environment of uv has no pip.
wheel() {
  python=\${1%/lib*/python*}/bin/python3
  shift
  # shellcheck disable=SC2086
  set -- wheel -q -w "$out/pip" $indexes "$@"
  if "$python" -m pip --version >/dev/null 2>&1; then set -- "$python" -m pip "$@"
  elif [ -x "$python" ] && pip --python "$python" --version >/dev/null 2>&1; then set -- pip --python "$python" "$@"
  elif command -v pip >/dev/null; then set -- pip "$@"
  elif command -v pip3 >/dev/null; then set -- pip3 "$@"
  else set -- python3 -m pip "$@"
  fi
  "$@" </dev/null || {
    echo "bundle: to be kept, packages of pip are fetched again: the index may be in PIP_INDEX_URL, in pip.conf, or in" \\
      "--index-url of the command, not in a requirements file or printed by a command" >&2
    return 1
  }
}
# A later step may run as another user.
open_folder() { mkdir -p "$1" && { chmod 777 "$1" 2>/dev/null || true; }; }
open_folder "$out"
indexes=
before=$(mktemp)
after=$(mktemp)
folders=$(mktemp)
names=$(mktemp)
if is_used apt; then
  mkdir -p "$out/apt/partial"
  APT_CONFIG=$tools/record-apt.conf
  export APT_CONFIG
fi
if is_used pip; then
  # To busybox, an empty list of patterns fits every line.
  { installed_by_pip; echo none; } >"$before"
  eval "indexes=\\"$(index_options "$@")\\""
fi
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
  open_folder "$out/pip"
  if [ ! -f "$out/pip/installed" ]; then : >"$out/pip/installed"; fi
  chmod 666 "$out/pip/installed" 2>/dev/null || true
  installed_by_pip | grep -vxFf "$before" | from_index >"$after" || true
  sed 's,/[^/]*$,,' "$after" | sort -u >"$folders"
  # What the environments had before needs no package.
  if [ ! -s "$folders" ]; then sed 's/.* //' "$before" >>"$out/pip/installed"; fi
  while read -r folder; do
    grep -F "$folder/" "$before" | sed 's/.* //' >>"$out/pip/installed" || true
    grep -F "$folder/" "$after" | sed 's/.* //' >"$names"
    wheel "$folder" --no-deps -r "$names"
  done <"$folders"
  folder=$(head -n 1 "$folders")
  for list in "$tools"/pip*.names; do
    if [ -s "$list" ]; then wheel "$folder" -r "$list"; fi
  done
fi
rm -f "$before" "$after" "$folders" "$names"
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
