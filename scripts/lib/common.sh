# Shared by the bash scripts, which source it: paths and messages.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${BUNDLE_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/offline-bundle}
ENGINES=${BUNDLE_ENGINES_DIR:-$CACHE/engines}
# Read by the scripts that source this file.
export ROOT CACHE ENGINES

say() { printf '%s\n' "$*" >&2; }

# die WHAT WHAT_TO_DO
die() {
  say "error: $1"
  [ $# -lt 2 ] || say "What to do: $2"
  exit 1
}

# step NAME COMMAND...: runs the command and prints how long it took.
step() {
  local name=$1 started=$EPOCHREALTIME
  shift
  say "==> $name"
  "$@" || die "$name failed" "Read the lines above; fix the cause, then run the command again."
  say "    $(elapsed "$started") s"
}

elapsed() {
  local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%d' $((us / 1000000)) $((us / 100000 % 10))
}
