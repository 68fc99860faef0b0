# A private podman: Debian's packages, and its Docker-compatible API as a service on a socket.
# shellcheck shell=bash

# podman_packages NAME: prints the folder of the packages of an engine.
podman_packages() {
  case $1 in
    podman-5) package_root podman-5 ;;
    *) package_root podman ;;
  esac
}

# write_podman_config DIR PACKAGES: writes everything that podman would read from /etc/containers. With runc, as the
# other engines: crun refuses hosts that mount both versions of control groups. Limits are lower than podman's own, which
# a host may refuse. With iptables, which the tools have, because podman 5 would use nft.
write_podman_config() {
  local dir=$1 p=$2
  mkdir -p "$dir/home/.config/containers" "$dir/networks" || return 1
  cat >"$dir/containers.conf" <<TEXT || return 1
[containers]
log_driver = "k8s-file"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
seccomp_profile = "$p/usr/share/containers/seccomp.json"
[network]
network_config_dir = "$dir/networks"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["$p/launch/conmon"]
helper_binaries_dir = ["$p/usr/lib/podman", "$p/usr/libexec/podman"]
init_path = "$p/usr/bin/catatonit"
volume_path = "$dir/data/volumes"
static_dir = "$dir/data/libpod"
tmp_dir = "$dir/run/libpod"
[engine.runtimes]
runc = ["$(package_root tools)/usr/sbin/runc"]
TEXT
  # The client with this configuration, for the service and for PATH.
  mkdir -p "$dir/bin" && cat >"$dir/bin/podman" <<TEXT && chmod +x "$dir/bin/podman" || return 1
#!/bin/sh
export HOME="$dir/home" CONTAINERS_CONF="$dir/containers.conf" CONTAINERS_STORAGE_CONF="$dir/storage.conf"
export CONTAINERS_REGISTRIES_CONF="$dir/registries.conf" NETAVARK_FW=iptables
exec "$p/launch/podman" "\$@"
TEXT
  printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/data"\n' "$dir" "$dir" >"$dir/storage.conf" &&
    printf 'unqualified-search-registries = ["docker.io"]\n' >"$dir/registries.conf" &&
    printf '{ "default": [{ "type": "insecureAcceptAnything" }] }\n' >"$dir/home/.config/containers/policy.json"
}

# An ID that no user of the host has, and that leaves room for those of its containers.
podman_uid=200000

# Checks that ordinary users may have user namespaces, without which there is no rootless podman.
check_user_namespaces() {
  setpriv --reuid "$podman_uid" --regid "$podman_uid" --clear-groups unshare --user true 2>/dev/null ||
    die "starting podman-rootless: this system lets no ordinary user make a user namespace" \
      "Allow it: sysctl -w user.max_user_namespaces=15000, and on some systems kernel.unprivileged_userns_clone=1."
}

# rootless_podman DIR NETNS COMMAND...: runs podman as an ordinary user, in namespaces that end with its first process.
rootless_podman() {
  local dir=$1 netns=$2 r
  r=$(package_root podman-rootless)
  shift 2
  PATH=$r/launch:$r/usr/bin:$PATH
  exec setsid nsenter --net="/run/netns/$netns" unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
    bash "$ROOT/scripts/lib/podman-rootless.sh" "$dir" "$CACHE/packages" "$podman_uid" "$@"
}
