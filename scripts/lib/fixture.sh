# Builds the fixture application on an engine.
# shellcheck shell=bash

# on_engine ENGINE COMMAND...: ENGINE is a private engine, or --reachable for the one that docker currently uses.
on_engine() {
  local engine=$1
  shift
  case $engine in
    --reachable) "$@" ;;
    *) "$ROOT/scripts/engines" exec "$engine" "$@" ;;
  esac
}

# Writes this machine's access to its npm registry as build secrets, in a Compose file beside the fixture's own.
# Secrets are not part of an image or a cache key, so a build elsewhere can reuse the results.
write_build_secrets() {
  local folder=$1 registry ca
  mkdir -p "$folder"
  registry=$(npm config get registry 2>/dev/null)
  ca=${NODE_EXTRA_CA_CERTS:-$(npm config get cafile 2>/dev/null)}
  {
    [ -z "$registry" ] || printf 'registry=%s\n' "$registry"
    [ ! -f "$ca" ] || printf 'cafile=/run/secrets/ca\n'
  } >"$folder/npmrc"
  # An empty file means no certificate authority of our own; npmrc then does not name it.
  if [ -f "$ca" ]; then cat "$ca" >"$folder/ca"; else : >"$folder/ca"; fi
  cat >"$folder/compose.yml" <<TEXT
services:
  frontend:
    build:
      secrets: [npmrc, ca]
secrets:
  npmrc: { file: "$folder/npmrc" }
  ca: { file: "$folder/ca" }
TEXT
}

# build_into LOG ENGINE PROJECT OVERRIDE
build_into() {
  on_engine "$2" docker compose --project-directory "$3" --file "$3/docker-compose.yml" --file "$4" \
    --progress plain build >"$1" 2>&1
}

# build_fixture ENGINE: builds the base images, then llm-chat-backend and llm-chat-frontend; unchanged steps are cached.
build_fixture() {
  local engine=$1 app="$ROOT/fixtures/llm-chat" secrets="$CACHE/fixture/${1#--}" log
  log=$secrets/build.log
  "$ROOT/scripts/base-images" "$engine" || return 1
  write_build_secrets "$secrets" || return 1
  # Use plain output to a file: "quiet" would omit why a step failed.
  watched "$log" build_into "$log" "$engine" "$app" "$secrets/compose.yml" && return 0
  tail -n 40 "$log" >&2
  die "building the fixture on $engine" "The full log is $log."
}
