# Makes an engine remote: certificates for TLS, and an SSH server, both on loopback.
# shellcheck shell=bash

remote_tools() { package_root remote; }
remote_path() { printf '%s/bin:%s/launch' "$(engine_dir "$1")" "$(remote_tools)"; }

# free_port FILE: prints a free port on loopback; stored in FILE, so that it stays the same after a stop.
free_port() {
  local port
  port=$(cat "$1" 2>/dev/null)
  while [ -z "$port" ] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((20000 + RANDOM % 12000)); done
  printf '%s\n' "$port" >"$1" && printf '%s' "$port"
}

# make_certificates DIR: makes an authority with certificates of a server and a client, and a second authority with its
# own client, which the server does not trust. The folder of a client is for DOCKER_CERT_PATH.
make_certificates() {
  local dir=$1
  [ ! -d "$dir" ] || return 0
  rm -rf "$dir.new"
  mkdir -p "$dir.new"/{client,stranger,server} || return 1
  (
    cd "$dir.new" && printf '[req]\ndistinguished_name=name\n[name]\n' >openssl.cnf || exit 1
    export OPENSSL_CONF=$PWD/openssl.cnf
    authority authority && authority strangers &&
      certificate server authority 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1' &&
      certificate client authority 'extendedKeyUsage=clientAuth' &&
      certificate stranger strangers 'extendedKeyUsage=clientAuth'
  ) >"$dir.log" 2>&1 || {
    cat "$dir.log" >&2
    return 1
  }
  mv "$dir.new" "$dir"
}

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE -keyout "$1.key" -out "$1.pem"
}

# certificate NAME AUTHORITY EXTENSIONS
certificate() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1/key.pem" -out "$1/request" &&
    printf '%b\n' "$3" >"$1/extensions" &&
    openssl x509 -req -days 3650 -in "$1/request" -CA "$2.pem" -CAkey "$2.key" -extfile "$1/extensions" -out "$1/cert.pem" &&
    cp authority.pem "$1/ca.pem"
}

# The hosts of one SSH server, under the names that a user would have in ~/.ssh/config:
# engine        is reachable with a key that the server knows
# through-jump  the same, through `engine`
#   no-docker     has no docker command
# unknown-key   has a key that is not in known_hosts
# other-key     has a different key in known_hosts
# no-access     does not know the offered key
# asks          knows a key with a passphrase that nobody enters
write_ssh_files() {
  local name=$1 dir=$2 port=$3 plain=$4 path=$5
  rm -rf "$dir"
  mkdir -m 700 "$dir" || return 1
  local key
  for key in host other_host user stranger; do ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/$key" || return 1; done
  ssh-keygen -q -t ed25519 -N 'a passphrase' -C '' -f "$dir/locked" || return 1
  cat "$dir/user.pub" "$dir/locked.pub" >"$dir/authorized_keys"
  printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$dir/host.pub")" "$plain" "$(cat "$dir/host.pub")" >"$dir/known_hosts"
  printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$dir/other_host.pub")" >"$dir/known_hosts.other"
  cat >"$dir/sshd_config" <<TEXT
ListenAddress 127.0.0.1:$port
ListenAddress 127.0.0.1:$plain
HostKey $dir/host
AuthorizedKeysFile $dir/authorized_keys
PidFile $(engine_dir "$name")/sshd.pid
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
Match LocalPort $port
  SetEnv PATH=$path
Match LocalPort $plain
  SetEnv PATH=/nowhere
TEXT
  cat >"$dir/ssh_config" <<TEXT
Host unknown-key
  UserKnownHostsFile $dir/known_hosts.none
Host other-key
  UserKnownHostsFile $dir/known_hosts.other
Host no-access
  IdentityFile $dir/stranger
Host asks
  IdentityFile $dir/locked
Host no-docker
  Port $plain
Host through-jump
  ProxyJump engine
Host engine through-jump no-docker unknown-key other-key
  IdentityFile $dir/user
Host engine through-jump no-docker unknown-key other-key no-access asks
  HostName 127.0.0.1
  Port $port
  User root
  IdentitiesOnly yes
  UserKnownHostsFile $dir/known_hosts
  GlobalKnownHostsFile /dev/null
TEXT
}

# Makes an ssh that reads the engine's configuration; the real one reads the account's, regardless of HOME.
write_ssh_launcher() {
  local dir=$1
  mkdir -p "$dir/bin" && cat >"$dir/bin/ssh" <<TEXT && chmod +x "$dir/bin/ssh"
#!/bin/sh
exec $(remote_tools)/launch/ssh -F $dir/ssh/ssh_config "\$@"
TEXT
}

# sshd needs an account and a folder that only its package creates, so it gets them in its own mount namespace.
start_sshd() {
  local name=$1 dir port plain
  dir=$(engine_dir "$name")
  port=$(free_port "$dir/ssh.port") && plain=$(free_port "$dir/ssh-plain.port") || return 1
  write_ssh_files "$name" "$dir/ssh" "$port" "$plain" "$(engine_path "$name")" && write_ssh_launcher "$dir" || return 1
  { grep -v '^sshd:' /etc/passwd; echo 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin'; } >"$dir/ssh/passwd"
  mkdir -p "$dir/ssh/empty" && chmod 755 "$dir/ssh/empty"
  (
    close_inherited
    # shellcheck disable=SC2016 # the inner shell expands its own
    exec setsid unshare --mount --propagation private sh -c \
      'mount --bind "$1/passwd" /etc/passwd && mount -t tmpfs -o mode=755 none /run && mkdir -m 755 /run/sshd && exec "$2" -D -e -f "$1/sshd_config"' \
      sh "$dir/ssh" "$(remote_tools)/launch/sshd"
  ) </dev/null >"$dir/sshd.log" 2>&1 &
  for _ in $(seq 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
    sleep 0.1
  done
  cat "$dir/sshd.log" >&2
  return 1
}

# sshd_pid NAME: prints the PID if the server runs; the file may be from an earlier boot.
sshd_pid() {
  local dir pid
  dir=$(engine_dir "$1")
  pid=$(cat "$dir/sshd.pid" 2>/dev/null) && grep -qsF "$dir/ssh/sshd_config" "/proc/$pid/cmdline" && echo "$pid"
}

# After a SIGTERM the listener sometimes sleeps until the next connection.
stop_sshd() {
  local pid
  pid=$(sshd_pid "$1") && kill -9 "$pid"
  rm -f "$(engine_dir "$1")/sshd.pid"
  return 0
}
