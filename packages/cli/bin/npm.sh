#!/bin/sh
# The bundle command as npm installs it: starts the executable from the npm package of this platform. Where npm left that
# out, it starts the same command with the host's Node.js.
set -eu
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in /*) self=$target ;; *) self=${self%/*}/$target ;; esac
done
here=$(CDPATH='' cd -P -- "${self%/*}/.." && pwd -P)
case $(uname -s)-$(uname -m) in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  *) platform=none ;;
esac
for folder in "$here/node_modules" "${here%/*}"; do
  program=$folder/offline-bundle-$platform/bundle
  # Not every package manager keeps modes.
  [ ! -f "$program" ] || exec sh "$program" "$@"
done
command -v node >/dev/null || {
  printf 'error: starting the bundle command: found neither the npm package offline-bundle-%s nor Node.js\n' "$platform" >&2
  printf 'What to do: install it again without --omit=optional, or install Node.js 24 or later.\n' >&2
  exit 126
}
# The C library keeps freed memory in separate arenas for the compressing threads; two arenas limit this.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
# After the two hyphens, Node.js takes no `--env-file` for one of its own: it would follow the NODE_OPTIONS in it.
exec node --min-semi-space-size=16 --max-semi-space-size=16 -- "$here/bin/bundle.cjs" "$@"
