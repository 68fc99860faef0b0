#!/bin/sh
# The bundle command for Linux: this script, and after it the program, compressed with gzip. The program is unpacked
# into a folder of the user, once, and checked before it is started. A medium may be read-only or noexec: sh FILE ...
# POSIX sh for dash, bash and busybox; needs coreutils (or busybox) and gzip.
set -u

sha256=@SHA256@
machine=@MACHINE@
skip=@SKIP@

fail() { # CODE MESSAGE HINT
  printf 'error: starting the bundle command: %s\nWhat to do: %s\n' "$2" "$3" >&2
  exit "$1"
}

clean_up() { [ -z "$incoming" ] || rm -f "$incoming"; }

# Tells whether nobody but this user and root can put another folder in the place of this one, or of those above it.
is_safe() { # FOLDER [BEGINNING OF ITS MODE, IF IT HAS TO BE OF THIS USER]
  wanted=${2:-}
  place=$(CDPATH='' cd -P -- "$1" 2>/dev/null && pwd -P) || return 1
  set -- "$place"
  while [ "$place" != / ]; do
    place=${place%/*}
    place=${place:-/}
    set -- "$place" "$@"
  done
  # Sorted by name, so the folder itself comes last.
  listed=$(LC_ALL=C ls -ldn -- "$@" 2>/dev/null) || return 1
  found=
  while read -r mode _ owner _; do
    # Others may write to it, and it is not sticky as /tmp is.
    case $mode in d???????w[!tT]*) return 1 ;; d*) ;; *) return 1 ;; esac
    case $owner in "$user" | 0) ;; *) return 1 ;; esac
    found="$mode $owner"
  done <<TEXT
$listed
TEXT
  case $found in "$wanted"*" $user") ;; *) [ -z "$wanted" ] ;; esac
}

# Describes the program. Whoever writes to it later changes its time, which nobody can set.
describe() { TZ=UTC stat -c '%u %a %d %i %s %z' -- "$1" 2>/dev/null; }

is_whole() { # FILE
  found=$(sha256sum <"$1") && [ "${found%% *}" = "$sha256" ]
}

# Tells whether the program is there and has not changed since it was checked, or else checks it.
is_there() {
  [ -f "$program" ] && [ ! -L "$program" ] && [ -x "$program" ] || return 1
  is=$(describe "$program")
  was=
  { [ ! -f "$program.checked" ] || read -r was <"$program.checked"; } 2>/dev/null || :
  case $is in "$user 500 "*) ;; *) return 1 ;; esac
  [ "$is" != "$was" ] || return 0
  is_whole "$program" || return 1
  { printf '%s\n' "$is" >"$program.checked"; } 2>/dev/null || :
}

check_host() {
  for tool in chmod gzip mktemp mv rm sha256sum stat tail uname; do
    command -v "$tool" >/dev/null 2>&1 ||
      fail 126 "there is no $tool on this host, which is needed to unpack it" "Install $tool."
  done
  [ "$(uname -m)" = "$machine" ] ||
    fail 126 "it is for $machine, and this machine is $(uname -m)" 'Use the file for this machine.'
}

payload() { tail -c "+$skip" "$self" 2>/dev/null | gzip -dc 2>/dev/null; }

unpack() { # FOLDER
  check_host
  reason='it cannot be written'
  remove_leftovers "$1"
  incoming=$(mktemp "$1/.incoming-$$-XXXXXX" 2>/dev/null) || return 1
  { printf '#!/bin/sh\n' >"$incoming" && chmod 700 "$incoming"; } 2>/dev/null || return 1
  reason='programs may not run there (noexec)'
  "$incoming" 2>/dev/null || return 1
  [ ! -t 2 ] || echo 'Unpacking the bundle command, once on this host…' >&2
  payload 2>/dev/null >"$incoming"
  if ! is_whole "$incoming"; then
    found=$(payload | sha256sum)
    [ "${found%% *}" = "$sha256" ] ||
      fail 51 "$self is damaged, and was not run" 'Copy it again from its source.'
    reason='there is no room for 110 MB'
    return 1
  fi
  chmod 500 "$incoming"
  words=$("$incoming" --version 2>&1) ||
    fail 126 "it does not run on this host: $words" 'It needs glibc 2.28 or later and libstdc++. A bundle can be used without it: see its README.txt.'
  reason='it cannot be written'
  mv -f "$incoming" "$program" 2>/dev/null || return 1
  incoming=
  { describe "$program" >"$program.checked"; } 2>/dev/null || :
  forget_older "$1"
}

# Removes what runs that were killed left.
remove_leftovers() { # FOLDER
  for left in "$1"/.incoming-*; do
    process=${left##*/.incoming-}
    kill -0 "${process%%-*}" 2>/dev/null || rm -f "$left"
  done
}

# Keeps this program and the two that were unpacked before. One that runs continues without its file.
forget_older() { # FOLDER
  count=0
  # shellcheck disable=SC2012 # this script gave all names
  ls -t "$1" | while read -r name; do
    # Each program has files of its own: what was checked, and compiled code.
    case $name in *.*) continue ;; esac
    [ "$1/$name" != "$program" ] || continue
    count=$((count + 1))
    [ "$count" -le 2 ] || rm -f "$1/$name" "$1/$name".*
  done
}

# Finds the program in a folder or unpacks it there; otherwise sets the reason.
find_program() { # FOLDER
  program=$1/bundle-$sha256
  reason='another user could change what is in it'
  if [ ! -d "$1" ]; then
    above=$1
    while [ ! -d "$above" ]; do above=${above%/*}; above=${above:-/}; done
    is_safe "$above" || return 1
    (umask 077 && mkdir -p "$1" 2>/dev/null) || { reason='it cannot be made'; return 1; }
  fi
  is_safe "$1" drwx------ || return 1
  is_there || unpack "$1"
}

case $0 in
  /*) self=$0 ;;
  *) self=$PWD/$0 ;;
esac
[ -f "$self" ] || self=$(command -v -- "$0") || self=$0
user=$(id -u)
home=${HOME:-}
[ -d "$home" ] || home=
incoming='' reasons=''
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
for folder in "${XDG_CACHE_HOME:-${home:+$home/.cache}}/bundle/command" "${TMPDIR:-/tmp}/bundle-$user" "/var/tmp/bundle-$user"; do
  case $folder in /bundle/command | [!/]*) continue ;; esac
  if find_program "$folder"; then
    trap - EXIT INT TERM HUP
    # The program is told where it came from, and forgets it at once.
    export BUNDLE_FILE="$self"
    # The C library keeps freed memory in separate arenas for the compressing threads; two arenas limit this.
    export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
    exec "$program" "$@"
  fi
  clean_up
  incoming=
  reasons="$reasons
  $folder: $reason"
done
fail 126 "no folder can hold the unpacked program:$reasons" 'Set TMPDIR to a folder of your own, with 110 MB of space, where programs may run.'
