# One private Docker daemon: its folder, its process, its network namespace.
# shellcheck shell=bash

# Name: connected|offline, release, image store. `connected` has a bridge and NAT, `connected-containerd` a bridge;
# the offline ones live in a network namespace with nothing but `lo`.
engine_names="connected connected-containerd offline-28 offline-28-containerd offline-26 offline-26-containerd"

check_engine_name() {
  case " $engine_names offline-20.10 " in
    *" $1 "*) ;;
    *) die "no engine is called '$1'" "Choose one of: $engine_names." ;;
  esac
}

engine_release() {
  case $1 in
    *20.10*) echo 20.10 ;;
    *26*) echo 26 ;;
    *) echo 28 ;;
  esac
}

engine_dir() { printf '%s/%s' "$ENGINES" "$1"; }
engine_packages() { package_root "docker-$(engine_release "$1")"; }
engine_socket() { printf '%s/docker.sock' "$(engine_dir "$1")"; }
# Namespaces and bridges are the machine's, so their names carry a mark of this set of engines.
engine_mark() { printf '%s' "$(engine_dir "$1")" | cksum | awk '{ printf "%08x", $1 }'; }
engine_netns() { case $1 in offline*) printf 'bundle-%s' "$(engine_mark "$1")" ;; esac; }

engine_path() {
  local p
  p=$(engine_packages "$1")
  printf '%s' "$p/usr/sbin:$p/usr/bin:$(tools_path):$PATH"
}

# Plugins are found through the client's configuration folder.
link_plugins() {
  local config=$1 packages=$2 plugin
  mkdir -p "$config/cli-plugins"
  for plugin in compose buildx; do
    ln -sfn "$packages/usr/libexec/docker/cli-plugins/docker-$plugin" "$config/cli-plugins/docker-$plugin"
  done
}

write_config() {
  local name=$1 dir=$2 mark octet snapshotter=false
  mark=$(engine_mark "$name")
  octet=$((16#${mark:0:2} % 200 + 20))
  case $name in *containerd) snapshotter=true ;; esac
  {
    printf '{ "features": { "containerd-snapshotter": %s }' "$snapshotter"
    case $name in
      connected*)
        # Two daemons that both keep iptables rules of one host undo each other's, so only one of them does:
        # containers of connected-containerd have no network.
        [ "$name" = connected ] || printf ', "iptables": false, "ip6tables": false'
        printf ', "bridge": "bb%s", "default-address-pools": [{ "base": "10.%d.0.0/16", "size": 24 }]' \
          "$mark" "$octet"
        ;;
    esac
    printf ' }\n'
  } >"$dir/daemon.json"
}

# The bridge of a connected engine is made here: dockerd only makes docker0, which may be somebody else's.
make_bridge() {
  local mark bridge
  mark=$(engine_mark "$1")
  bridge="bb$mark"
  ip link show "$bridge" >/dev/null 2>&1 && return 0
  ip link add "$bridge" type bridge &&
    ip addr add "10.$((16#${mark:0:2} % 200 + 20)).255.1/24" dev "$bridge" && ip link set "$bridge" up
}

make_netns() {
  local netns=$1
  [ -e "/run/netns/$netns" ] && nsenter --net="/run/netns/$netns" true 2>/dev/null ||
    { ip netns delete "$netns" 2>/dev/null; ip netns add "$netns"; } || return 1
  nsenter --net="/run/netns/$netns" ip link set lo up
}

engine_running() {
  local pid
  pid=$(cat "$(engine_dir "$1")/docker.pid" 2>/dev/null) && [ -d "/proc/$pid" ] &&
    grep -qz dockerd "/proc/$pid/cmdline" 2>/dev/null
}

engine_answers() { DOCKER_HOST=unix://$(engine_socket "$1") timeout 5 docker version >/dev/null 2>&1; }

start_engine() {
  local name=$1 dir netns enter=()
  dir=$(engine_dir "$name")
  netns=$(engine_netns "$name")
  [ ${#dir} -lt 80 ] || die "starting $name: $dir is too long for a socket" "Set BUNDLE_ENGINES_DIR to a shorter folder."
  if engine_running "$name" && engine_answers "$name"; then return 0; fi
  stop_engine "$name"
  mkdir -p "$dir"
  write_config "$name" "$dir"
  link_plugins "$dir/config" "$(engine_packages "$name")"
  if [ -n "$netns" ]; then
    make_netns "$netns" || die "making the network namespace of $name" "This needs root."
    # Not `ip netns exec`: it remounts /sys, and dockerd then misses its control groups.
    enter=(nsenter --net="/run/netns/$netns")
  else
    make_bridge "$name" || die "making the bridge of $name" "This needs root."
  fi
  LD_LIBRARY_PATH=$(tools_libs) XTABLES_LIBDIR=$(package_root tools)/usr/lib/$(uname -m)-linux-gnu/xtables \
    setsid "${enter[@]}" dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/run" \
    --pidfile "$dir/docker.pid" --host "unix://$dir/docker.sock" </dev/null >"$dir/dockerd.log" 2>&1 &
  local pid=$!
  for _ in $(seq 150); do
    engine_answers "$name" && return 0
    [ -d "/proc/$pid" ] || break
    sleep 0.2
  done
  tail -n 15 "$dir/dockerd.log" >&2
  die "starting $name: it ended or did not answer within 30 s" "Its log is $dir/dockerd.log."
}

stop_engine() {
  local name=$1 dir pid mount
  dir=$(engine_dir "$name")
  if engine_running "$name"; then
    pid=$(cat "$dir/docker.pid")
    kill "$pid" 2>/dev/null
    for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
  fi
  # What a killed daemon leaves: its containerd and shims, and mounts.
  pkill -9 -f "$dir/run" 2>/dev/null
  awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    umount -l "$mount" 2>/dev/null
  done
  rm -f "$dir/docker.pid" "$dir/docker.sock"
  rm -rf "$dir/run"
  ip netns delete "$(engine_netns "$name")" 2>/dev/null
  case $name in connected*) ip link delete "bb$(engine_mark "$name")" 2>/dev/null ;; esac
  return 0
}
