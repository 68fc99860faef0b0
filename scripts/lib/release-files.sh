# Builds the files of a release. Sourced by scripts/release.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2153 # work and ROOT are of scripts/release

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
  for platform in $platforms; do
    build_deb "$folder" "$version" "$platform" "$parts/executables/bundle-$platform" "$parts" || return 1
  done
  case " $platforms " in
    *" $(native) "*) ! has_debian || build_image "$folder" "$version" "$parts" || return 1 ;;
  esac
  notes=$(release_notes "$version")
  [ -n "$notes" ] || notes=$(release_notes Unreleased)
  printf '# %s\n%s\n' "$version" "$notes" >"$folder/RELEASE-NOTES.md"
  rm -rf "$parts"
}

# Prints Debian's name of a platform.
debian_architecture() { case $1 in linux-x64) echo amd64 ;; linux-arm64) echo arm64 ;; esac; }

# build_deb DIR VERSION PLATFORM EXECUTABLE PARTS: DEBFULLNAME and DEBEMAIL name the maintainer.
build_deb() {
  local folder=$1 version=$2 architecture root=$5/deb-$3 doc maintainer
  architecture=$(debian_architecture "$3")
  maintainer="${DEBFULLNAME:-The offline-bundle maintainers} <${DEBEMAIL:-offline-bundle@example.invalid}>"
  doc=$root/usr/share/doc/offline-bundle
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/share/lintian/overrides" "$doc"
  install -m 755 "$4" "$root/usr/bin/bundle"
  # Ruby's Bundler has the other name, too.
  ln -s bundle "$root/usr/bin/offline-bundle"
  gzip -9n <"$5/command/THIRD-PARTY-NOTICES.txt" >"$doc/THIRD-PARTY-NOTICES.txt.gz"
  add_manual "$root/usr/share" || return 1
  cat >"$doc/copyright" <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: offline-bundle
Comment: The licences of what the executable contains are in THIRD-PARTY-NOTICES.txt.gz beside this file.

Files: *
Copyright: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y) The offline-bundle authors
License: Apache-2.0

License: Apache-2.0
 On Debian systems, the text of this licence is in /usr/share/common-licenses/Apache-2.0.
TEXT
  cat >"$root/usr/share/lintian/overrides/offline-bundle" <<TEXT
# A script that ends with exec, and after it the compressed program.
offline-bundle: shell-script-fails-syntax-check *
offline-bundle: bash-term-in-posix-shell *
TEXT
  gzip -9n >"$doc/changelog.gz" <<TEXT
offline-bundle ($version) stable; urgency=medium

  * Version $version.

 -- $maintainer  $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %T +0000')
TEXT
  cat >"$root/DEBIAN/control" <<TEXT
Package: offline-bundle
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Depends: libc6 (>= 2.28), libstdc++6 (>= 8)
Suggests: docker.io | docker-ce, docker-compose | docker-compose-plugin, docker-buildx | docker-buildx-plugin, openssh-client
Conflicts: ruby-bundler
Section: admin
Priority: optional
Description: pack a Docker Compose application and start it on an offline host
 bundle packs a Docker Compose application into one folder or file: all its
 images, its Compose file, the configuration that it mounts, a digest of every
 byte, and the command itself. On an offline host it verifies the bundle, loads
 what the engine lacks, starts the application, waits until it is healthy, and
 rolls back if it never becomes healthy.
TEXT
  (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums) || return 1
  # The executable is compressed already.
  dpkg-deb --build --root-owner-group -Zgzip -z1 "$root" "$folder/offline-bundle_${version}_$architecture.deb" >/dev/null
}

# add_manual SHARE: adds the pages of the manual and what completes command lines in shells.
add_manual() {
  local share=$1 folder
  "$ROOT/scripts/man" -o "$share/man" || return 1
  for folder in "$share/man/man1" "$share/man/zh_CN/man1"; do
    gzip -9n "$folder"/*.1 || return 1
    ln -s bundle.1.gz "$folder/offline-bundle.1.gz" || return 1
  done
  mkdir -p "$share/bash-completion/completions" "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d"
  "$ROOT/scripts/bundle" completion bash >"$share/bash-completion/completions/bundle" || return 1
  "$ROOT/scripts/bundle" completion zsh >"$share/zsh/vendor-completions/_bundle" || return 1
  "$ROOT/scripts/bundle" completion fish >"$share/fish/vendor_completions.d/bundle.fish"
}

# Tells whether Debian's packages can be had, for the image and for checks.
has_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

native() { case $(uname -m) in x86_64) echo linux-x64 ;; aarch64) echo linux-arm64 ;; esac; }

# Prints a root file system of the essential packages, with libstdc++.
essential_root() { debian_root release "$(package_suite host)" libstdc++6 essential; }

# build_image DIR VERSION PARTS: an image of the C library and the program, for this machine's platform. The executable is
# in it, too: it is what bundles carry.
build_image() {
  local folder=$1 version=$2 image=$3/image executable platform file root libraries
  platform=$(native)
  executable=$3/executables/bundle-$platform
  root=$(essential_root) || return 1
  mkdir -p "$image/base/etc" "$image/base/tmp" "$image/base/usr/share/doc" "$image/app/usr/bin" "$image/app/usr/lib/bundle" \
    "$image/app/work" "$image/app/root" || return 1
  libraries=$(cd "$root" && find lib64/ lib/ usr/lib/ -regextype posix-extended \
    -regex '.*/(ld-linux-.*\.so\.[0-9]|lib(c|m|dl|pthread|rt|gcc_s|resolv|nss_dns)\.so\.[0-9]+|libstdc\+\+\.so\.6)') || return 1
  for file in $libraries; do
    mkdir -p "$image/base/${file%/*}" && cp -L "$root/$file" "$image/base/$file" || return 1
  done
  for file in libc6 libstdc++6 libgcc-s1; do
    mkdir -p "$image/base/usr/share/doc/$file" && cp -L "$root/usr/share/doc/$file/copyright" "$image/base/usr/share/doc/$file/" ||
      return 1
  done
  printf 'root:x:0:0:root:/root:/\n' >"$image/base/etc/passwd"
  printf 'hosts: files dns\n' >"$image/base/etc/nsswitch.conf"
  cp "$executable" "$image/app/usr/bin/bundle" && cp "$3/command/THIRD-PARTY-NOTICES.txt" "$image/app/usr/lib/bundle/" || return 1
  program_in "$executable" >"$image/app/usr/lib/bundle/program" && chmod 755 "$image/app/usr/lib/bundle/program" || return 1
  "$ROOT/scripts/node" "$ROOT/scripts/lib/release-image.js" --output "$folder/offline-bundle-$version-$platform.image.tar" \
    --name "offline-bundle:$version" --architecture "$(debian_architecture "$platform")" --epoch "$SOURCE_DATE_EPOCH" \
    "$image/base" "$image/app"
}

# program_in EXECUTABLE: unpacks the program in it.
program_in() { tail -c "+$(sed -n 's/^skip=//p' "$1" | head -n 1)" "$1" | gzip -dc; }
