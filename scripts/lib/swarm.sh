# The nodes of a private swarm: `swarm-1` to `swarm-3`, all managers, each in a network namespace of its own.
# shellcheck shell=bash

# The nodes have the addresses .1 to .3. Overlay networks take 10.0.0.0/8, and dockerd takes 172.17.0.0/16 and up.
swarm_network=192.168.203

swarm_address() { printf '%s.%s' "$swarm_network" "${1#swarm-}"; }

# The bridge has a namespace of its own without any other link: nothing leads out of it.
swarm_lan() { printf 'bundle-lan-%s' "$(engine_mark swarm)"; }

# join_nodes NAME: connects the namespace of a node to the bridge.
join_nodes() {
  local name=$1 netns lan link
  netns=$(engine_netns "$name")
  lan=$(swarm_lan)
  make_netns "$lan" || return 1
  (
    flock 8
    ip -n "$lan" link show lan >/dev/null 2>&1 ||
      { ip -n "$lan" link add lan type bridge && ip -n "$lan" link set lan up; }
  ) 8>"$ENGINES/.swarm-lan.lock" || return 1
  ip -n "$netns" link show lan >/dev/null 2>&1 && return 0
  link=node-${name#swarm-}
  ip -n "$lan" link delete "$link" 2>/dev/null
  ip -n "$lan" link add "$link" type veth peer name lan netns "$netns" &&
    ip -n "$lan" link set "$link" master lan up &&
    ip -n "$netns" addr add "$(swarm_address "$name")/24" dev lan &&
    ip -n "$netns" link set lan up
}

# part_nodes NAME: disconnects a node, and removes the bridge after the last one.
part_nodes() {
  local lan
  lan=$(swarm_lan)
  ip -n "$lan" link delete "node-${1#swarm-}" 2>/dev/null
  ip -n "$lan" -o link 2>/dev/null | grep -q ' node-' || ip netns delete "$lan" 2>/dev/null
  return 0
}

swarm_docker() {
  local name=$1
  shift
  DOCKER_HOST=unix://$(engine_socket "$name") timeout 60 docker "$@"
}

# enter_swarm NAME: swarm-1 begins a swarm; the others join it.
enter_swarm() {
  local name=$1 address token state
  address=$(swarm_address "$name")
  state=$(swarm_docker "$name" info --format '{{.Swarm.LocalNodeState}}') || return 1
  # After a restart it finds the others by itself.
  [ "$state" = inactive ] || return 0
  if [ "$name" = swarm-1 ]; then
    # A node counts as down after it missed three heartbeats.
    swarm_docker "$name" swarm init --advertise-addr "$address" --listen-addr "$address" --dispatcher-heartbeat 2s >/dev/null
    return
  fi
  token=$(swarm_docker swarm-1 swarm join-token -q manager) || return 1
  swarm_docker "$name" swarm join --token "$token" --advertise-addr "$address" --listen-addr "$address" \
    "$(swarm_address swarm-1)" >/dev/null
}

# Without leaving, a later start of one node would wait for the majority of the old swarm.
leave_swarm() {
  engine_running "$1" && engine_answers "$1" || return 0
  swarm_docker "$1" swarm leave --force >/dev/null 2>&1 || :
}
