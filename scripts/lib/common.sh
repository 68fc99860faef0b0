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

# watched LOG COMMAND...: runs a command that writes into a log, and shows the last line of the log meanwhile: every
# 2 s on a terminal, in place, and every 10 s elsewhere.
watched() {
  local log=$1 ticker status=0
  shift
  (
    SECONDS=0
    while sleep 2 >/dev/null 2>&1; do
      line="    $SECONDS s: $(tail -n 1 "$log" 2>/dev/null | cut -c 1-60)"
      if [ -t 2 ]; then printf '\r\033[K%s' "$line" >&2; elif ((SECONDS % 10 < 2)); then say "$line"; fi
    done
  ) &
  ticker=$!
  "$@" || status=$?
  kill "$ticker" 2>/dev/null
  wait "$ticker" 2>/dev/null
  [ ! -t 2 ] || printf '\r\033[K' >&2
  return "$status"
}

elapsed() {
  local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%d' $((us / 1000000)) $((us / 100000 % 10))
}
