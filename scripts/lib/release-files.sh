# Builds the files of a release. Sourced by scripts/release.
# shellcheck shell=bash
# shellcheck disable=SC2154 # work is of scripts/release

node_eval() { "$ROOT/scripts/node" -p "const fs = require('node:fs'); $1"; }

# check_version VERSION WANTED: fails unless all places that name the version agree, and with the wanted one.
check_version() {
  local name found
  for name in package.json packages/*/package.json; do
    found=$(node_eval "JSON.parse(fs.readFileSync('$name', 'utf8')).version")
    [ "$found" = "$1" ] || die "$name is of version $found, and package.json of $1" "Give both the same version."
  done
  [ "${2:-$1}" = "$1" ] || die "the sources are of version $1, not $2" \
    "Set the version in all package.json and packages/cli/src/version.ts, and give CHANGELOG.md a section of it."
  [ -z "$2" ] || [ -n "$(release_notes "$1")" ] || die "CHANGELOG.md has no section $1" \
    "Rename its section Unreleased to \"$1 - $(date -u +%F)\"."
}

# Prints the section of a version in CHANGELOG.md.
release_notes() {
  awk -v version="$1" '/^## / { inside = ($2 == version || $2 == "[" version "]"); next } inside' "$ROOT/CHANGELOG.md"
}

# build_files DIR VERSION PLATFORMS
build_files() {
  local folder=$1 version=$2 platforms=$3 parts platform notes
  parts=$(mktemp -d "$work/parts-XXXXXX")
  "$ROOT/scripts/node" "$ROOT/scripts/lib/build-command.js" "$parts/command" || return 1
  # shellcheck disable=SC2086 # platforms are words
  "$ROOT/scripts/build-runtime" --command "$parts/command" -o "$parts/executables" $platforms >/dev/null || return 1
  for platform in $platforms; do cp "$parts/executables/bundle-$platform" "$folder/" || return 1; done
  cp "$parts/command/THIRD-PARTY-NOTICES.txt" "$folder/" || return 1
  # shellcheck disable=SC2086
  "$ROOT/scripts/node" "$ROOT/scripts/lib/npm-packages.js" --command "$parts/command" --executables "$parts/executables" \
    --output "$folder" --epoch "$SOURCE_DATE_EPOCH" $platforms || return 1
  notes=$(release_notes "$version")
  [ -n "$notes" ] || notes=$(release_notes Unreleased)
  printf '# %s\n%s\n' "$version" "$notes" >"$folder/RELEASE-NOTES.md"
  rm -rf "$parts"
}
