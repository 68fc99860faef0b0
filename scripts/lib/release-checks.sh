# Checks the files of a release. Sourced by scripts/release, whose variables it uses.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2153 # output, once, key, platforms, version, work and ROOT are of scripts/release

passed=0 failed=0 skipped=0

# check WHAT COMMAND...: runs one check and counts it.
check() {
  local what=$1 started=$EPOCHREALTIME
  shift
  # Not in a condition, where set -e would not count.
  set +e
  (set -eu && "$@") >"$work/out" 2>&1
  local code=$?
  set -e
  if [ "$code" = 0 ]; then
    passed=$((passed + 1))
    say "ok   $what ($(elapsed "$started") s)"
  else
    failed=$((failed + 1))
    cat "$work/out" >&2
    say "FAIL $what"
  fi
}

# skip WHAT WHY
skip() {
  skipped=$((skipped + 1))
  say "skip $1: $2"
}

print_counts() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}

check_release() {
  if [ "$once" = true ]; then
    skip "the second build has equal bytes" "--once"
  else
    check "the second build has equal bytes" diff -r --exclude 'SHA256SUMS*' "$output" "$work/again"
  fi
  check "the checksums are right" sums_are_right
  if [ -n "$key" ]; then check "ssh-keygen accepts the signature" signature_is_good; fi
  for platform in $platforms; do
    check "the executable for $platform is well formed" is_executable "$platform"
  done
  check "npm finds nothing to add in the packages" npm_contents
  case " $platforms " in
    *" $(native) "*) check_installed ;;
    *) skip "installed packages work" "this machine is $(uname -m)" ;;
  esac
  for platform in $platforms; do
    if [ "$platform" = "$(native)" ]; then continue; fi
    if has_debian; then
      check "the executable for $platform works in an emulator" works_emulated "$platform"
    else
      skip "the executable for $platform works in an emulator" "it needs root and Debian's packages"
    fi
  done
}

sums_are_right() { cd "$output" && sha256sum --quiet -c SHA256SUMS; }

signature_is_good() {
  local public=$key
  [ -f "$key.pub" ] && public=$key.pub
  printf 'release %s\n' "$(cut -d ' ' -f 1,2 "$public")" >"$work/signers"
  ssh-keygen -Y verify -q -n file -f "$work/signers" -I release -s "$output/SHA256SUMS.sig" <"$output/SHA256SUMS"
}

# Reads the program out of the executable: a 64-bit program of that machine which contains the command. The script in front
# of it runs it on no other machine.
is_executable() {
  local file=$output/bundle-$1 machine name
  case $1 in
    linux-x64) machine=' 3e 00' name=x86_64 ;;
    linux-arm64) machine=' b7 00' name=aarch64 ;;
  esac
  [ "$(sed -n 's/^machine=//p' "$file" | head -n 1)" = "$name" ]
  program_in "$file" >"$work/program"
  [ "$(sha256sum <"$work/program" | cut -d ' ' -f 1)" = "$(sed -n 's/^sha256=//p' "$file" | head -n 1)" ]
  [ "$(od -An -tx1 -j 18 -N 2 "$work/program")" = "$machine" ]
  grep -qa 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1' "$work/program"
}

# The files are the listed ones; nothing runs at installation; no dependency is of this workspace.
npm_contents() {
  local list=$work/list manifest=$work/package.json
  tar -tzf "$output/offline-bundle-$version.tgz" >"$list"
  if grep -Ev '^package/($|(api|bin|dist/command|example|manifests|types)/|dist/$|LICENSE$|README.md$|package.json$)' "$list"; then
    return 1
  fi
  if grep -E '\.(map|tsbuildinfo)$|/test/' "$list"; then return 1; fi
  tar -xzOf "$output/offline-bundle-$version.tgz" package/package.json >"$manifest"
  if grep -E 'workspace:|"scripts"|install"' "$manifest"; then return 1; fi
}

# Installed by npm into a prefix of its own, and run in a root file system without Node.js, npm and this checkout.
check_installed() {
  local prefix=$work/prefix bare=$work/bare
  example=$work/example
  if ! command -v npm >/dev/null; then
    skip "what npm installs works" "npm is not installed"
    return
  fi
  check "npm installs the command by its name" npm_install_by_name "$prefix"
  check "npm installs it from files" npm_install "$work/files" "$output/offline-bundle-$version.tgz" \
    "$output/offline-bundle-$(native)-$version.tgz"
  check "npm installs it without the executable" npm_install "$bare" "$output/offline-bundle-$version.tgz"
  check "the example can be packed" make_example "$bare"
  check "what npm installs by name exports, and packs the executable" exports "$prefix"
  check "so does what it installs from files" exports "$work/files"
  check "without the executable, it exports on Node.js 24" exports_without "$bare"
  check "the API has types, and its examples run" api_works "$bare"
  if has_debian; then
    check "all this works in a root without Node.js and this checkout" works_in_root "$prefix"
    check "dpkg installs and removes the Debian package there" deb_works
    check "the container image has all that it needs" image_works
  else
    skip "all this works in a root without Node.js and this checkout" "it needs root and Debian's packages"
    skip "dpkg installs and removes the Debian package there" "it needs root and Debian's packages"
    skip "the container image has all that it needs" "it needs root and Debian's packages"
  fi
}

# npm_install PREFIX WHAT...: installs with nothing but what `registry` has.
npm_install() {
  local prefix=$1
  shift
  HOME=$work/home npm install -g --prefix "$prefix" --cache "$work/npm-cache" --registry "${registry:-http://127.0.0.1:9}" \
    --fetch-retries 0 --no-audit --no-fund --no-update-notifier "$@"
  [ "$(ls -A "$prefix/bin")" = "$(printf 'bundle\noffline-bundle')" ]
}

# Installs by name, from a registry that has the packages of this release and no others.
npm_install_by_name() {
  local registry pid
  "$ROOT/scripts/node" "$ROOT/scripts/lib/npm-registry.js" "$output"/offline-bundle-*.tgz >"$work/registry" &
  pid=$!
  # shellcheck disable=SC2064 # this process
  trap "kill $pid" EXIT
  until registry=$(cat "$work/registry") && [ -n "$registry" ]; do kill -0 "$pid" && sleep 0.1; done
  npm_install "$1" offline-bundle
  # Only the executable for this machine.
  [ "$(find "$1" -name bundle -size +1000k | wc -l)" = 1 ]
}

# Takes the example out of the package, and puts its image into an OCI image layout in place of a registry.
make_example() {
  cp -r "$1/lib/node_modules/offline-bundle/example" "$example"
  "$ROOT/scripts/node" "$ROOT/scripts/lib/example-layout.js" "$example/layout"
}

# bundle_in PREFIX ARGUMENTS...: runs the command as a new user would, in the folder of the example.
bundle_in() {
  local prefix=$1
  shift
  (cd "$example" && env -i HOME="$work/home" PATH="$prefix/bin:${NODE_PATH_FOLDER:+$NODE_PATH_FOLDER:}/usr/bin:/bin" \
    BUNDLE_ENGINE="oci:$example/layout" bundle "$@")
}

exports() {
  [ "$(bundle_in "$1" --version)" = "$version" ]
  bundle_in "$1" export --help | grep -q -- --output
  bundle_in "$1" export -o hello.tar --force --no-progress
  bundle_in "$1" verify hello.tar
  tar -xOf "$example/hello.tar" runtime/bundle | cmp - "$output/bundle-$(native)"
}

exports_without() {
  local NODE_PATH_FOLDER code=0
  NODE_PATH_FOLDER=$(dirname "$(node_eval process.execPath)")
  [ "$(bundle_in "$1" --version)" = "$version" ]
  bundle_in "$1" export -o none.tar --no-progress --no-runtime
  bundle_in "$1" verify none.tar
  bundle_in "$1" verify hello.tar
  bundle_in "$1" export -o some.tar --no-progress 2>"$work/missing" || code=$?
  [ "$code" != 0 ] && grep -q "npm install -g --force offline-bundle-$(native)@$version" "$work/missing"
}

# Compiles the examples of docs/api.md against the package alone, and runs them one after the other.
api_works() {
  local folder=$work/api file
  mkdir -p "$folder/node_modules/@types"
  ln -s "$1/lib/node_modules/offline-bundle" "$folder/node_modules/"
  for file in node undici-types; do
    ln -s "$(readlink -f "$(readlink -f "$ROOT/node_modules/@types/node")/../../$([ $file = node ] && echo @types/)$file")" \
      "$folder/node_modules/$([ $file = node ] && echo @types/)$file"
  done
  printf '{"type": "module"}' >"$folder/package.json"
  printf '{"compilerOptions": {"module": "nodenext", "target": "es2024", "strict": true, "noEmit": true, "types": ["node"], "exactOptionalPropertyTypes": true, "erasableSyntaxOnly": true, "verbatimModuleSyntax": true}, "include": ["*.ts"]}' \
    >"$folder/tsconfig.json"
  "$ROOT/scripts/node" "$ROOT/scripts/lib/api-examples.js" "$folder" >"$work/examples"
  "$ROOT/scripts/node" "$ROOT/node_modules/typescript/bin/tsc" -p "$folder"
  while read -r file; do
    (cd "$example" && BUNDLE_ENGINE="oci:$example/layout" "$ROOT/scripts/node" "$file")
  done <"$work/examples"
}

# works_in_root PREFIX: a root of Debian's essential packages with libstdc++.
works_in_root() {
  local packed root=$work/root
  packed=$(essential_root)
  cp -a "$packed" "$root"
  mkdir -p "$root/root/npm"
  cp -a "$1/." "$root/root/npm"
  cp -r "$example" "$root/root/example"
  cp "$output/bundle-$(native)" "$root/root/bundle"
  in_root "$root" '! command -v node && ! command -v npm'
  in_root "$root" '/root/npm/bin/bundle --version' | grep -qx "$version"
  in_root "$root" 'cd /root/example && /root/npm/bin/bundle export --engine oci:layout -o root.tar --no-progress'
  in_root "$root" '/root/npm/bin/bundle verify /root/example/root.tar'
  in_root "$root" 'rm -rf /root/.cache && /root/bundle verify /root/example/root.tar'
}

deb_works() {
  local root=$work/root
  cp "$output/offline-bundle_${version}_$(debian_architecture "$(native)").deb" "$root/root/package.deb"
  in_root "$root" 'rm -rf /root/.cache && dpkg -i /root/package.deb && dpkg -V offline-bundle'
  [ "$(in_root "$root" 'bundle --version && offline-bundle --version')" = "$(printf '%s\n' "$version" "$version")" ]
  in_root "$root" 'bundle export /root/example/docker-compose.yml --engine oci:/root/example/layout -o /root/deb.tar'
  in_root "$root" 'bundle verify /root/deb.tar'
  in_root "$root" 'zcat /usr/share/man/man1/bundle-import.1.gz | grep -q "^.SH NAME"'
  in_root "$root" 'zcat /usr/share/man/zh_CN/man1/bundle-import.1.gz | grep -q "^.SH 名称" && bash -n /usr/share/bash-completion/completions/bundle'
  in_root "$root" 'dpkg -r offline-bundle && ! command -v bundle'
}

# Unpacks its layers and starts the program there, as an engine would. A bundle that it makes has the executable.
image_works() {
  local archive root=$work/image layer
  archive=$output/offline-bundle-$version-$(native).image.tar
  local run="mount -t proc proc \"\$0/proc\" && exec chroot \"\$0\" /usr/lib/bundle/program"
  mkdir -p "$root/proc"
  for layer in $(tar -xOf "$archive" manifest.json | tr ',' '\n' | grep -o 'blobs/sha256/[0-9a-f]*' | tail -n +2); do
    tar -xOf "$archive" "$layer" | tar -xz -C "$root"
  done
  cp -r "$example" "$root/work/example"
  set -- env -i HOME=/root BUNDLE_FILE=/usr/bin/bundle unshare --mount --pid --fork --kill-child sh -c
  [ "$("$@" "$run --version" "$root")" = "$version" ]
  "$@" "$run export /work/example/docker-compose.yml --engine oci:/work/example/layout -o /work/image.tar" "$root"
  "$@" "$run verify /work/image.tar" "$root"
  tar -xOf "$root/work/image.tar" runtime/bundle | cmp - "$output/bundle-$(native)"
}

# works_emulated PLATFORM: runs the program for another processor with its own C library. The script in front of it, which
# unpacks it, is the same for all of them.
works_emulated() {
  local folder=$work/emulated architecture
  architecture=$(debian_architecture "$1")
  mkdir "$folder"
  cp -r "$ROOT/fixtures/example" "$folder/example"
  "$ROOT/scripts/node" "$ROOT/scripts/lib/example-layout.js" "$folder/example/layout" "$architecture"
  install_packages qemu
  emulator_root=$(debian_root "release-$architecture" "$(package_suite host)" libstdc++6 extract "$architecture")
  program_in "$output/bundle-$1" >"$folder/program"
  chmod 755 "$folder/program"
  [ "$(emulated "$1" --version)" = "$version" ]
  emulated "$1" export -o emulated.tar --no-progress
  emulated "$1" verify emulated.tar
  emulated "$1" inspect emulated.tar | grep -q "linux/$architecture"
  tar -xOf "$folder/example/emulated.tar" runtime/bundle | cmp - "$output/bundle-$1"
  # What one processor writes, the other one reads.
  "$ROOT/scripts/bundle" verify "$folder/example/emulated.tar"
}

# emulated PLATFORM ARGUMENTS...
emulated() {
  local emulator platform=$1
  shift
  case $platform in linux-x64) emulator=qemu-x86_64-static ;; linux-arm64) emulator=qemu-aarch64-static ;; esac
  (cd "$work/emulated/example" && env -i HOME="$work/home" PATH=/usr/bin:/bin QEMU_LD_PREFIX="$emulator_root" \
    BUNDLE_FILE="$output/bundle-$platform" BUNDLE_ENGINE=oci:layout \
    "$(package_root qemu)/usr/bin/$emulator" "$work/emulated/program" "$@")
}

# in_root ROOT SCRIPT
in_root() {
  # shellcheck disable=SC2016 # the inner shells expand it
  env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 unshare --mount --pid --fork --kill-child \
    sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -euc "$2"' sh "$1" "$2"
}
