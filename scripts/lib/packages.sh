# Debian packages unpacked into the cache folder; nothing of the host's own packages changes.
# shellcheck shell=bash

# Where a set of packages is unpacked.
package_root() { printf '%s/packages/%s' "$CACHE" "$1"; }

# The suite and packages of each set. Engines come from the suite that has that release; what must match
# the host's C library (runc, skopeo, iptables) from the host's own.
package_suite() {
  case $1 in
    docker-28) echo forky ;;
    docker-26) echo trixie ;;
    *) (. /etc/os-release && echo "${VERSION_CODENAME:-}") ;;
  esac
}

package_names() {
  case $1 in
    docker-28 | docker-26) echo docker.io docker-cli docker-compose docker-buildx containerd ;;
    docker-20.10) echo docker.io containerd ;;
    tools) echo runc tini iproute2 libbpf1 iptables libip4tc2 libip6tc2 libxtables12 libnetfilter-conntrack3 \
      libnfnetlink0 libnftnl11 libmnl0 libdevmapper1.02.1 libnftables1 nftables libjansson4 libedit2 libbsd0 skopeo \
      libgpgme11 libassuan0 libdevmapper1.02.1 mmdebstrap libjson-c5 busybox-static nginx nginx-common ;;
    *) return 1 ;;
  esac
}

# The mirror and key of the host's own Debian sources, deb822 or one-line.
debian_mirror() {
  {
    awk '/^URIs:/ { for (i = 2; i <= NF; i++) print $i }' /etc/apt/sources.list.d/*.sources
    awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; break } }' \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list
  } 2>/dev/null | grep -E '/debian/?$' | head -n 1
}

# apt with lists of its own for one suite.
private_apt() {
  local suite=$1 lists="$CACHE/apt/$1"
  shift
  "$@" -o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=- \
    -o "Dir::State::Lists=$lists/lists" -o "Dir::Cache=$lists/cache" \
    -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root -o Debug::NoLocking=1
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

# install_packages SET: downloads and unpacks, once. Safe against interruption and a second run beside it.
install_packages() {
  local set=$1 root suite temp names
  root=$(package_root "$set")
  names=$(package_names "$set") || die "installing $set: no such set of packages"
  if [ -f "$root/.complete" ] && [ "$(cat "$root/.complete")" = "$names" ]; then return 0; fi
  suite=$(package_suite "$set")
  mkdir -p "$CACHE/packages"
  (
    flock 9
    [ -f "$root/.complete" ] && [ "$(cat "$root/.complete")" = "$names" ] && exit 0
    update_lists "$suite" || exit 1
    temp=$(mktemp -d "$CACHE/packages/.incoming-XXXXXX") && cd "$temp" || exit 1
    trap 'rm -rf "$temp"' EXIT
    # shellcheck disable=SC2086 # names are words
    private_apt "$suite" apt-get -qq download $names >&2 || exit 1
    mkdir root
    for deb in *.deb; do dpkg-deb -x "$deb" root || exit 1; done
    # The host's alternatives system would choose this; the cache folder has none.
    for tool in iptables ip6tables; do
      [ ! -e "root/usr/sbin/$tool-nft" ] || ln -s "$tool-nft" "root/usr/sbin/$tool"
    done
    printf '%s' "$names" >root/.complete
    rm -rf "$root"
    mv root "$root"
  ) 9>"$CACHE/packages/.lock" || die "downloading and unpacking $set" \
    "Check that this machine reaches its Debian mirror, then run the command again."
}

# The private tools first, so that a host without them has them; the libraries only for those that need them.
tools_path() {
  local t
  t=$(package_root tools)
  printf '%s' "$t/usr/sbin:$t/usr/bin:$t/sbin:$t/bin"
}
tools_libs() {
  local t
  t=$(package_root tools)
  printf '%s' "$t/usr/lib/$(uname -m)-linux-gnu:$t/lib/$(uname -m)-linux-gnu"
}
