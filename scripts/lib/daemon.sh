# A private Docker daemon: its folder and its processes.
# shellcheck shell=bash

# A name has these parts: connected|offline, release, image store. `connected` and `connected-containerd` have a bridge
# and NAT; the offline ones are in a network namespace with only `lo`. `remote` listens with TLS on loopback, has no
# network for containers, and an SSH server beside it. `podman` is podman with the client and plugins of 28, offline too;
# `podman-rootless` is the same as an ordinary user. `podman-5` is the podman of a newer Debian, with its C library.
# `swarm-1` to `swarm-3` are nodes of one swarm: in namespaces joined by a bridge that leads nowhere else.
# `fleet-1`, `fleet-2` and so on are as many hosts as a measurement needs; each is like `offline-28`.
engine_names="connected connected-containerd offline-28 offline-28-containerd offline-26 offline-26-containerd remote podman podman-rootless swarm-1 swarm-2 swarm-3"

# made_engines: prints the names of engines outside the list that have a folder.
made_engines() {
  local dir
  for dir in "$ENGINES"/fleet-* "$ENGINES/offline-20.10" "$ENGINES/podman-5"; do [ ! -d "$dir" ] || echo "${dir##*/}"; done
}

check_engine_name() {
  case " $engine_names offline-20.10 podman-5 " in
    *" $1 "*) return 0 ;;
  esac
  case $1 in
    fleet-[1-9] | fleet-[1-9][0-9]) ;;
    *) die "there is no engine '$1'" "Choose one of: $engine_names, or fleet-1 to fleet-99." ;;
  esac
}

engine_release() {
  case $1 in
    *20.10*) echo 20.10 ;;
    *26*) echo 26 ;;
    *) echo 28 ;;
  esac
}

# Debian has no compose and buildx plugins for 20.10, but newer ones work with it.
plugins_release() {
  local release
  release=$(engine_release "$1")
  [ "$release" = 20.10 ] && echo 28 || echo "$release"
}

engine_dir() { printf '%s/%s' "$ENGINES" "$1"; }
engine_packages() { package_root "docker-$(engine_release "$1")"; }
engine_socket() { printf '%s/docker.sock' "$(engine_dir "$1")"; }

engine_path() {
  local p
  p=$(engine_packages "$1")
  [ "$1" != remote ] || printf '%s:' "$(remote_path "$1")"
  case $1 in podman | podman-5) printf '%s/bin:' "$(engine_dir "$1")" ;; esac
  printf '%s' "$p/usr/sbin:$p/usr/bin:$(tools_path):$PATH"
}

# Links the plugins into the client's configuration folder, where docker finds them.
link_plugins() {
  local config=$1 packages=$2 plugin
  mkdir -p "$config/cli-plugins"
  for plugin in compose buildx; do
    ln -sfn "$packages/usr/libexec/docker/cli-plugins/docker-$plugin" "$config/cli-plugins/docker-$plugin"
  done
}

write_config() {
  local name=$1 dir=$2 settings=() n
  case $name in *containerd) settings+=('"features": { "containerd-snapshotter": true }') ;; esac
  case $name in
    connected*)
      n=$(cat "$dir/subnet")
      settings+=("\"bridge\": \"$(engine_bridge "$name")\"" '"iptables": false' '"ip6tables": false'
        "\"default-address-pools\": [{ \"base\": \"10.$n.0.0/16\", \"size\": 24 }]")
      ;;
    # Tests have a registry without TLS on the nodes' network.
    swarm-*) settings+=("\"insecure-registries\": [\"$swarm_network.0/24\"]") ;;
    remote) settings+=('"bridge": "none"' '"iptables": false' '"ip6tables": false') ;;
  esac
  # Set explicitly: on a new data root, 28.5 defaults to the graph driver, but 29 does not.
  case $name in *containerd) ;; *) settings+=('"storage-driver": "overlay2"') ;; esac
  (IFS=, && printf '{ %s }\n' "${settings[*]}") >"$dir/daemon.json"
}

# The PID file may be from an earlier boot, so check that the process is this engine.
engine_running() {
  local dir pid
  dir=$(engine_dir "$1")
  pid=$(cat "$dir/docker.pid" 2>/dev/null) &&
    grep -qszxF -e "$dir/daemon.json" -e "unix://$dir/docker.sock" "/proc/$pid/cmdline"
}

engine_answers() { DOCKER_HOST=unix://$(engine_socket "$1") timeout 5 docker version >/dev/null 2>&1; }

# Closes the caller's pipes and locks, which must not stay open as long as the daemon runs.
close_inherited() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
}

start_engine() {
  local name=$1 dir netns enter=() listen=() port pid
  dir=$(engine_dir "$name")
  netns=$(engine_netns "$name")
  # containerd rejects socket paths of more than 104 bytes, and uses run/containerd/containerd-debug.sock.
  [ ${#dir} -le 67 ] ||
    die "starting $name: $dir is too long for a socket" "Set BUNDLE_CACHE_DIR to a folder with a shorter path."
  case $dir in *[[:space:]]*) die "starting $name: $dir has a space" "Set BUNDLE_ENGINES_DIR to another folder." ;; esac
  if engine_running "$name" && engine_answers "$name"; then
    case $name in
      swarm-*) enter_swarm "$name" || die "making $name a node of the swarm" "Its log is $dir/dockerd.log." ;;
      # The machine's rules may have been flushed in the meantime.
      connected*) make_bridge "$name" || die "setting up the bridge of $name" "Read the lines above." ;;
      remote) sshd_pid "$name" >/dev/null || start_sshd "$name" || die "starting the SSH server of $name" "Its log is $dir/sshd.log." ;;
    esac
    return 0
  fi
  stop_engine "$name"
  mkdir -p "$dir" || die "making $dir" "Set BUNDLE_ENGINES_DIR to a writable folder."
  if [ -n "$netns" ]; then
    make_netns "$netns" || die "making the network namespace of $name" "Read the lines above."
    # Not `ip netns exec`: it remounts /sys, which hides the control groups from dockerd.
    enter=(nsenter --net="/run/netns/$netns")
    case $name in swarm-*) join_nodes "$name" || die "joining $name to the other nodes" "Read the lines above." ;; esac
  fi
  case $name in
    connected*)
      make_bridge "$name" ||
        die "making the bridge of $name" "Read the lines above; the kernel must have bridge and nf_tables."
      ;;
    remote)
      make_certificates "$dir/tls" || die "making the certificates of $name" "Read the lines above."
      port=$(free_port "$dir/tls.port") || die "choosing a port for $name" "Check whether $dir is writable."
      listen=(--host "tcp://127.0.0.1:$port" --tlsverify --tlscacert "$dir/tls/server/ca.pem"
        --tlscert "$dir/tls/server/cert.pem" --tlskey "$dir/tls/server/key.pem")
      start_sshd "$name" || die "starting the SSH server of $name" "Its log is $dir/sshd.log."
      ;;
  esac
  write_config "$name" "$dir"
  link_plugins "$dir/config" "$(package_root "docker-$(plugins_release "$name")")"
  case $name in podman*) write_podman_config "$dir" "$(podman_packages "$name")" || die "configuring $name" "Read the lines above." ;; esac
  (
    close_inherited
    service=("$dir/bin/podman" system service --time 0 "unix://$dir/docker.sock")
    case $name in podman*) echo "$BASHPID" >"$dir/docker.pid" ;; esac
    case $name in
      podman | podman-5) exec setsid "${enter[@]}" "${service[@]}" ;;
      podman-rootless) rootless_podman "$dir" "$netns" "${service[@]}" ;;
    esac
    exec setsid "${enter[@]}" dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/run" \
      --pidfile "$dir/docker.pid" --host "unix://$dir/docker.sock" "${listen[@]}"
  ) </dev/null >"$dir/dockerd.log" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    if engine_answers "$name"; then
      case $name in swarm-*) enter_swarm "$name" || die "making $name a node of the swarm" "Its log is $dir/dockerd.log." ;; esac
      return 0
    fi
    [ -d "/proc/$pid" ] || break
    sleep 0.2
  done
  tail -n 15 "$dir/dockerd.log" >&2
  stop_engine "$name"
  die "starting $name: it ended or did not answer within 60 s" "Its log is $dir/dockerd.log."
}

# Lists the processes of an engine: daemon, containerd and shims by name and argument, containers by their root mount.
engine_processes() {
  local dir=$1 pid
  grep -lszF -e "$dir/daemon.json" -e "$dir/run/containerd/" /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in dockerd | containerd*) echo "$pid" ;; esac
  done
  grep -lszF -e "$dir/home" -e "$dir/run" /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in podman | conmon) echo "$pid" ;; esac
  done
  grep -HsF "upperdir=$dir/data/" /proc/[0-9]*/mountinfo | awk '$5 == "/" { split($1, p, "/"); print p[3] }'
}

# Stops the daemon gracefully, then removes whatever is left, also after a kill or a reboot.
stop_engine() {
  local name=$1 dir pid pids mount
  dir=$(engine_dir "$name")
  [ -d "$dir" ] || return 0
  [ "$name" != remote ] || stop_sshd "$name"
  case $name in swarm-*) leave_swarm "$name" ;; esac
  if engine_running "$name"; then
    pid=$(cat "$dir/docker.pid")
    # podman's containers outlive its service, and their network namespaces would stay.
    case $name in podman | podman-5) nsenter --net="/run/netns/$(engine_netns "$name")" "$dir/bin/podman" stop --all --time 2 >/dev/null 2>&1 ;; esac
    case $name in
      # Its first process waits for the others, and they end with it.
      podman-rootless) kill -9 "$pid" 2>/dev/null ;;
      *) kill "$pid" 2>/dev/null ;;
    esac
    # dockerd gives containers 15 s to stop.
    for _ in $(seq 200); do
      engine_running "$name" || break
      sleep 0.1
    done
  fi
  for _ in $(seq 50); do
    pids=$(engine_processes "$dir")
    [ -n "$pids" ] || break
    # shellcheck disable=SC2086 # one word for each process
    kill -9 $pids 2>/dev/null
    sleep 0.1
  done
  awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    umount -l "$mount" 2>/dev/null
  done
  rm -rf --one-file-system "$dir/docker.pid" "$dir/docker.sock" "$dir/run"
  remove_network "$name"
}
