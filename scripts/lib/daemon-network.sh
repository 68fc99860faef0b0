# The network of a private engine: a namespace with only `lo`, or a bridge with access to the network.
# shellcheck shell=bash

# Namespaces and bridges are global to the machine, so their names contain a mark of this engine's folder.
engine_mark() { printf '%s' "$(engine_dir "$1")" | cksum | awk '{ printf "%08x", $1 }'; }
engine_netns() { case $1 in offline* | fleet-* | podman* | swarm-*) printf 'bundle-%s' "$(engine_mark "$1")" ;; esac; }
engine_bridge() { printf 'bb%s' "$(engine_mark "$1")"; }

make_netns() {
  local netns=$1
  # A reboot or a kill may leave a plain file there.
  if ! nsenter --net="/run/netns/$netns" true 2>/dev/null; then
    ip netns delete "$netns" 2>/dev/null
    rm -f "/run/netns/$netns"
    ip netns add "$netns" || return 1
  fi
  nsenter --net="/run/netns/$netns" ip link set lo up
}

# choose_subnet NAME: prints N of 10.N.0.0/16, the subnet of the bridge and all Compose networks of a connected engine.
# It is stored in the engine's folder, because the networks outlive a stop. The search starts at a number derived from
# the folder and takes the first unused one.
choose_subnet() {
  local dir mark n i used
  dir=$(engine_dir "$1")
  mark=$(engine_mark "$1")
  n=$(cat "$dir/subnet" 2>/dev/null || ip -o -4 addr show dev "$(engine_bridge "$1")" 2>/dev/null |
    sed -n 's/.* inet 10\.\([0-9]*\)\..*/\1/p')
  if [ -z "$n" ]; then
    used=$(ip -4 route; ip -4 addr; cat /etc/resolv.conf)
    for i in $(seq 0 199); do
      n=$(((16#${mark:0:2} + i) % 200 + 20))
      grep -qwF "10.$n" <<<"$used" || break
    done
  fi
  printf '%s\n' "$n" >"$dir/subnet" && printf '%s' "$n"
}

# The rules are set here and not by dockerd: a second dockerd on one machine flushes the chains of the first, and
# disconnects its containers. Each rule is "TABLE CHAIN RULE...".
subnet_rules() {
  printf '%s\n' "filter FORWARD -s $1 -j ACCEPT" \
    "filter FORWARD -d $1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT" \
    "nat POSTROUTING -s $1 ! -d $1 -j MASQUERADE"
}

open_subnet() {
  local table rule
  subnet_rules "$1" | while read -r table rule; do
    # shellcheck disable=SC2086 # rules are words
    iptables -w -t "$table" -C $rule 2>/dev/null || iptables -w -t "$table" -I $rule || return 1
  done
}

close_subnet() {
  local table rule
  subnet_rules "$1" | while read -r table rule; do
    # shellcheck disable=SC2086 # rules are words
    while iptables -w -t "$table" -D $rule 2>/dev/null; do :; done
  done
}

# Makes the bridge of a connected engine: dockerd can only make docker0, which may belong to another engine.
make_bridge() {
  local bridge n
  bridge=$(engine_bridge "$1")
  n=$(choose_subnet "$1") || return 1
  if ! ip link show "$bridge" >/dev/null 2>&1; then
    ip link add "$bridge" type bridge && ip addr add "10.$n.255.1/24" dev "$bridge" &&
      ip link set "$bridge" up || return 1
  fi
  open_subnet "10.$n.0.0/16"
}

# remove_network NAME: removes the network, with the bridges of Compose networks that dockerd leaves.
remove_network() {
  local netns n link
  netns=$(engine_netns "$1")
  if [ -n "$netns" ]; then
    ip netns delete "$netns" 2>/dev/null
    case $1 in swarm-*) part_nodes "$1" ;; esac
    return 0
  fi
  n=$(cat "$(engine_dir "$1")/subnet" 2>/dev/null)
  if [ -n "$n" ]; then
    for link in $(ip -o -4 addr show type bridge to "10.$n.0.0/16" | awk '{ print $2 }'); do
      ip link delete "$link"
    done
    close_subnet "10.$n.0.0/16"
  fi
  ip link delete "$(engine_bridge "$1")" 2>/dev/null
  return 0
}
