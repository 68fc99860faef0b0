# Unpacks Debian packages into the cache folder; the host's own packages do not change.
# shellcheck shell=bash

# Prints the folder of a set of packages. It is named after the contents: another checkout with a different list may use
# the same cache folder, while running engines keep using the files from which they were started.
package_root() { printf '%s/packages/%s-%s' "$CACHE" "$1" "$(package_names "$1" | cksum | cut -d ' ' -f 1)"; }

# The suite and packages of each set. Engines come from the suite with that release. Programs that must match the host's
# C library (runc, skopeo, iptables) come from the host's own suite.
package_suite() {
  case $1 in
    docker-28 | layer-new) echo forky ;;
    docker-26 | podman-5 | cosign | layer-old) echo trixie ;;
    docker-20.10) echo bookworm ;;
    *) (. /etc/os-release && echo "${VERSION_CODENAME:-}") ;;
  esac
}

package_names() {
  case $1 in
    docker-28 | docker-26) echo docker.io docker-cli docker-compose docker-buildx containerd ;;
    docker-20.10) echo docker.io containerd ;;
    tools) echo runc tini iproute2 libbpf1 iptables libip4tc2 libip6tc2 libxtables12 libnetfilter-conntrack3 \
      libnfnetlink0 libnftnl11 libmnl0 libdevmapper1.02.1 libnftables1 nftables libjansson4 libedit2 libbsd0 skopeo \
      libgpgme11 libassuan0 libelf1 libmd0 mmdebstrap libjson-c5 busybox-static ;;
    shellcheck) echo shellcheck libffi8 libgmp10 ;;
    remote) echo openssh-server openssh-client sudo openssl libssl3 libcrypt1 zlib1g libpam0g libaudit1 libcap-ng0 libselinux1 \
      libpcre2-8-0 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblzma5 libzstd1 liblz4-1 libwrap0 libnsl2 libtirpc3 \
      libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libedit2 libbsd0 libmd0 \
      libfido2-1 libcbor0.8 libudev1 ;;
    systemd) echo systemd libsystemd-shared ;;
    ssh-tools) echo openssh-client libssl3 zlib1g libselinux1 libpcre2-8-0 libedit2 libbsd0 libmd0 libfido2-1 libcbor0.8 \
      libudev1 ;;
    bsdtar) echo libarchive-tools libarchive13 libacl1 libbz2-1.0 liblz4-1 liblzma5 libnettle8 libxml2 libicu72 libzstd1 \
      zlib1g ;;
    registry) echo docker-registry ;;
    cosign) echo cosign ;;
    umoci) echo umoci ;;
    qemu) echo qemu-user-static ;;
    podman) echo podman conmon crun netavark aardvark-dns golang-github-containers-common golang-github-containers-image catatonit \
      libgpgme11 libassuan0 libsubid4 libseccomp2 libyajl2 libdevmapper1.02.1 libcap2 libsystemd0 libglib2.0-0 ;;
    podman-5) echo podman conmon netavark aardvark-dns golang-github-containers-common golang-github-containers-image \
      catatonit libc6 libgpgme11t64 libassuan9 libgpg-error0 libsubid5 libseccomp2 libsqlite3-0 libcap2 \
      libsystemd0 libglib2.0-0t64 libpcre2-8-0 libselinux1 libaudit1 libcap-ng0 libacl1 libattr1 \
      libsemanage2 libsepol2 libpam0g libcrypt1 libbsd0 libmd0 libbz2-1.0 libatomic1 libgcc-s1 ;;
    patchelf) echo patchelf ;;
    podman-rootless) echo uidmap slirp4netns libslirp0 libaudit1 libcap-ng0 libselinux1 libpcre2-8-0 ;;
    shells) echo zsh zsh-common fish fish-common mandoc libpcre2-32-0 libtinfo6 libcap2 ;;
    strace) echo strace libunwind8 liblzma5 ;;
    delta) echo bsdiff xdelta3 zstd ;;
    layer-old | layer-new) echo python3.13 python3.13-minimal libpython3.13-minimal libpython3.13-stdlib ;;
    nginx) echo nginx libpcre2-8-0 libssl3 zlib1g libcrypt1 ;;
    *) return 1 ;;
  esac
}

# Prints the mirror in the host's own Debian sources, deb822 or one-line; other repositories do not end in /debian.
debian_mirror() {
  {
    awk '/^URIs:/ { for (i = 2; i <= NF; i++) print $i }' /etc/apt/sources.list.d/*.sources
    awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\//) { print $i; break } }' \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list
  } 2>/dev/null | while read -r uri; do
    # Debian's cloud images contain a list of mirrors instead.
    case $uri in mirror+file:*) awk '/:\/\// { print $1; exit }' "${uri#mirror+file:}" ;; *) echo "$uri" ;; esac
  done | grep -E '/debian/?$' | head -n 1
}

# Runs apt with separate lists for one suite, regardless of the host's packages. The release files of a frozen mirror
# expire, but they are signed anyway.
private_apt() {
  local suite=$1 lists="$CACHE/apt/$1"
  shift
  "$@" -o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=- \
    -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists/cache" \
    -o Dir::State::status=/dev/null -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null -o APT::Default-Release= \
    -o Acquire::Check-Valid-Until=false -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root -o Debug::NoLocking=1
}

update_lists() {
  local suite=$1 lists="$CACHE/apt/$1" mirror
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die "finding a Debian mirror: none in /etc/apt" \
    "Add Debian's own sources to /etc/apt, or start a Docker engine and set DOCKER_HOST."
  mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" \
    >"$lists/sources.list"
  private_apt "$suite" apt-get -qq update >&2
}

# Writes launchers for tools whose libraries and extensions a bare host lacks, for use from PATH and by dockerd.
write_launchers() {
  local root=$1 tool launcher
  mkdir -p "$root/launch" || return 1
  for tool in bin/ip bin/zsh usr/bin/fish usr/bin/mandoc usr/sbin/iptables-nft usr/sbin/ip6tables-nft usr/bin/skopeo \
    usr/bin/shellcheck usr/sbin/sshd usr/bin/ssh usr/bin/ssh-keygen usr/bin/ssh-agent usr/bin/ssh-add \
    usr/bin/openssl usr/bin/systemd-analyze usr/bin/bsdtar usr/bin/strace usr/bin/podman usr/bin/crun usr/bin/conmon usr/bin/slirp4netns; do
    [ -e "$root/$tool" ] || continue
    launcher=$root/launch/$(basename "${tool%-nft}")
    cat >"$launcher" <<TEXT || return 1
#!/bin/sh
root=\${0%/launch/*}
libs=usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH="\$root/\$libs:\$root/\${libs#usr/}:\$root/\$libs/systemd" XTABLES_LIBDIR="\$root/\$libs/xtables"
export SYSTEMD_UNIT_PATH="\$root/usr/lib/systemd/system:\$root/lib/systemd/system:"
exec "\$root/$tool" "\$@"
TEXT
    chmod +x "$launcher" || return 1
  done
}

# use_own_libc FOLDER ROOT: makes podman use the C library that came with it, newer than the host's, once FOLDER is ROOT.
# Not by a launcher: podman starts itself again from /proc/self/exe, and what it starts inherits the environment.
use_own_libc() {
  local new=$1 root=$2 libs tool
  libs=usr/lib/$(uname -m)-linux-gnu
  for tool in usr/bin/podman usr/bin/conmon usr/lib/podman/netavark usr/lib/podman/aardvark-dns; do
    "$(package_root patchelf)/usr/bin/patchelf" --set-interpreter "$root/$(cd "$new" && echo "$libs"/ld-linux-*.so.*)" \
      --force-rpath --set-rpath "$root/$libs" "$new/$tool" || return 1
    ln -sfn "../$tool" "$new/launch/${tool##*/}" || return 1
  done
}

# install_packages SET: downloads and unpacks a set once. Safe against interruption and parallel runs.
install_packages() {
  local set=$1 root suite temp names deb started
  names=$(package_names "$set") || die "installing $set: no such set of packages"
  root=$(package_root "$set")
  [ ! -d "$root" ] || return 0
  suite=$(package_suite "$set")
  mkdir -p "$CACHE/packages" || die "making $CACHE/packages" "Set BUNDLE_CACHE_DIR to a writable folder."
  (
    flock 9
    [ ! -d "$root" ] || exit 0
    # Remove what killed runs left; nobody else works here now.
    rm -rf "$CACHE"/packages/.incoming-*
    say "==> downloading $set from Debian $suite"
    started=$EPOCHREALTIME
    update_lists "$suite" || exit 1
    temp=$(mktemp -d "$CACHE/packages/.incoming-XXXXXX") && cd "$temp" || exit 1
    trap 'cd / && rm -rf "$temp"' EXIT
    # shellcheck disable=SC2086 # names are words
    private_apt "$suite" timeout 900 apt-get -qq download $names >&2 || exit 1
    mkdir new
    for deb in *.deb; do dpkg-deb -x "$deb" new || exit 1; done
    write_launchers new || exit 1
    [ "$set" != podman-5 ] || use_own_libc new "$root" || exit 1
    chmod 755 new
    # Rename at the end, so that the folder is complete or absent.
    mv new "$root" || exit 1
    say "    $(elapsed "$started") s"
  ) 9>"$CACHE/packages/.lock" || die "downloading and unpacking $set" \
    "Check that this machine reaches its Debian mirror and has 1 GB of disk, then run the command again."
}

# Prints a PATH with the launchers first, for use before the host's own tools, so that a bare host has them.
tools_path() {
  local t
  t=$(package_root tools)
  printf '%s' "$t/launch:$t/usr/sbin:$t/usr/bin:$t/sbin:$t/bin"
}

# debian_root NAME SUITE PACKAGES [VARIANT [ARCHITECTURE]]: makes a root file system of these packages (separated by commas)
# and their dependencies once, in the cache folder: unpacked but not configured, or another variant of mmdebstrap. Prints
# its folder.
debian_root() {
  local name=$1 suite=$2 packages=$3 variant=${4:-extract} architecture final partial mirror tools
  architecture=${5:-$(dpkg --print-architecture)}
  final=$CACHE/packages/$name-$(printf '%s %s' "$suite" "$packages" | cksum | cut -d ' ' -f 1)
  if [ ! -d "$final" ]; then
    install_packages tools
    tools=$(package_root tools) mirror=$(debian_mirror)
    partial=$(mktemp -d "$CACHE/packages/.root-XXXXXX") || return 1
    say "==> downloading $name from Debian $suite"
    # shellcheck disable=SC2016 # mmdebstrap's hooks expand their own variables
    PATH=$PATH:$(tools_path) mmdebstrap --quiet --format=directory --variant="$variant" --include="$packages" \
      --architectures="$architecture" --hook-dir="$tools/usr/share/mmdebstrap/hooks/merged-usr" \
      --aptopt='Acquire::Check-Valid-Until "false"' --extract-hook='cd "$1/usr/share" && rm -rf doc man info locale' \
      "$suite" "$partial/root" "$mirror" >"$partial/log" 2>&1 || {
      cat "$partial/log" >&2
      rm -rf "$partial"
      die "downloading $name from Debian $suite" "Check that this machine reaches its Debian mirror."
    }
    # Another run may have made it in the meantime.
    mv -T "$partial/root" "$final" 2>/dev/null || [ -d "$final" ] || return 1
    rm -rf "$partial"
  fi
  printf '%s' "$final"
}
