#!/bin/sh
# The part of install.sh that is the same in every bundle. POSIX sh, for dash and busybox; needs only coreutils, tar
# and docker, and ssh-keygen to check a signature. Exit codes are those of bundle. An export fills in the words between
# @ signs and replaces these lines by a description of the bundle.
# shellcheck disable=SC2154
set -eu

usage() {
  if [ "$language" = zh ]; then chinese_usage; return; fi
  cat <<TEXT
Usage: sh @INSTALL_SCRIPT@ [OPTION...]

Checks every file of this bundle, loads the images of $product $release_version, copies its files to the disk and starts it. Needs no network.

  --state-dir DIR  folder for releases (default: BUNDLE_STATE_DIR, or /var/lib/bundle as root, or ~/.local/state/bundle)
  --no-start       load and copy only
  --carried        the command of this bundle, even if the host has its own
  --plain          coreutils, tar and docker only, even if a command runs
  -y, --yes        do not ask
  -h, --help       show this help

This script and @RUNTIME@ come with the bundle, and run before the bundle is checked. @README@ explains how to check both first.

If the host has its own bundle command, that does all of this: bundle import --up. Otherwise @RUNTIME@ does, if it runs here, after ssh-keygen has checked the signature against the keys that this host trusts. Without either, this script can NOT
  - notice that the bundle is older than the one on this host
  - notice files that were added to the bundle: it finds changed and missing ones, and copies no others
  - load only what is missing: everything is sent, even if the engine already has it
  - load into Docker before 23
  - wait until the application is healthy, and roll back when it does not become healthy
  - ask for settings: they go into .env in the release's folder
TEXT
}

chinese_usage() {
  cat <<TEXT
用法：sh @INSTALL_SCRIPT@ [选项...]

校验本离线包的每个文件，加载 $product $release_version 的镜像，把文件复制到磁盘并启动应用。不需要网络。

  --state-dir 目录  存放各版本的目录（默认：BUNDLE_STATE_DIR；root 为 /var/lib/bundle，其他用户为 ~/.local/state/bundle）
  --no-start        只加载和复制，不启动
  --carried         即使本机已有 bundle 命令，也使用离线包自带的命令
  --plain           只使用 coreutils、tar 和 docker，即使 bundle 命令可以运行
  -y, --yes         不询问
  -h, --help        显示本说明

本脚本和 @RUNTIME@ 由离线包自带，在离线包被校验之前就会运行。@README@ 说明如何先校验它们。

本机已有 bundle 命令时，以上全部由它完成：bundle import --up。否则，如果 @RUNTIME@ 能在本机运行，就由它完成；在此之前 ssh-keygen 会用本机信任的密钥核对签名。两者都没有时，本脚本不能：
  - 发现离线包比本机已有的版本旧
  - 发现离线包中多出来的文件（只能发现被改动和缺少的文件，也不会复制多出来的文件）
  - 只加载缺少的部分（引擎已有的内容也会重新发送）
  - 向 Docker 23 之前的版本加载镜像
  - 等待应用变为健康，并在不健康时回滚
  - 询问配置（配置写在版本目录的 .env 中）
TEXT
}

clean_up() {
  [ -z "$temporary" ] || rm -rf "$temporary"
  [ -z "$partial" ] || rm -rf "$partial"
}

need() { # PROGRAM
  command -v "$1" >/dev/null 2>&1 || fail "$2" "there is no $1 on this host." "本机没有 $1。"
}

ask() { # ENGLISH CHINESE
  if [ "$yes" = yes ] || [ ! -t 0 ]; then return 0; fi
  say "$1 [Y/n]" "$2 [Y/n]"
  read -r answer || answer=n
  case $answer in '' | [Yy]* | 是*) ;; *) say 'Nothing was changed.' '没有做任何改动。'; exit 0 ;; esac
}

default_state_dir() {
  if [ -n "${BUNDLE_STATE_DIR:-}" ]; then echo "$BUNDLE_STATE_DIR"
  elif [ "$(id -u)" = 0 ]; then echo /var/lib/bundle
  else
    home=${HOME:-}
    case $home in /*) ;; *) home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6) ;; esac
    # A relative path is ignored, as in the command.
    case ${XDG_STATE_HOME:-} in
      /*) echo "$XDG_STATE_HOME/bundle" ;;
      *) echo "${home%/}/.local/state/bundle" ;;
    esac
  fi
}

# Finds a command that this host already has, on its PATH or from an earlier release. Ruby also has a command with that
# name.
find_own_command() {
  [ "$plain$carried" = nono ] || return 1
  for own_command in "$(command -v bundle || :)" "$current/@RUNTIME@" "$state_dir"/[a-z0-9]*/current/@RUNTIME@; do
    case $own_command in "$here"/*) continue ;; /*) ;; *) continue ;; esac
    [ -x "$own_command" ] || continue
    case $("$own_command" import --help 2>/dev/null || :) in *--state-dir*) return 0 ;; esac
  done
  return 1
}

# Tests the executable of this bundle: it may be absent, or not run on this host. It is started through sh, because the
# medium may be mounted noexec. It is not started unless its bytes are those listed in bundle.json.
command_runs() {
  [ "$plain" = no ] && [ -f "$here/@RUNTIME@" ] || return 1
  listed=$(listed_files | { while read -r digest path; do [ "$path" != @RUNTIME@ ] || echo "$digest"; done; })
  found=$(sha256sum <"$here/@RUNTIME@" | cut -c 1-64)
  [ "$found" = "$listed" ] ||
    fail 51 "@RUNTIME@ is not the file listed in @MANIFEST@: it was changed or damaged. It was not run." \
      "@RUNTIME@ 与 @MANIFEST@ 中列出的文件不一致：被改动或已损坏，因此没有运行它。"
  words=$(sh "$here/@RUNTIME@" --version 2>&1) || { say "$words"; return 1; }
}

# Prints a list for sha256sum -c from bundle.json, which a signature covers. Nothing covers checksums.sha256.
listed_files() {
  while read -r key value; do
    case $key in
      '"path":')
        path=${value#\"}; path=${path%,}; path=${path%\"}
        # A quote is the only character of a path that JSON writes in another way.
        while case $path in *'\"'*) true ;; *) false ;; esac; do path=${path%%'\"'*}\"${path#*'\"'}; done
        ;;
      '"sha256":') value=${value#\"}; printf '%s  %s\n' "${value%%\"*}" "$path" ;;
    esac
  done <"$here/@MANIFEST@"
}

# Sets the number of signers that this host requires, as stored by `bundle trust`: by default one if it trusts keys.
required_signers() {
  required=0
  [ ! -f "$trust/allowed_signers" ] || required=1
  [ -f "$trust/policy.json" ] || return 0
  while read -r key value; do
    [ "$key" != '"signers":' ] || required=${value%,}
  done <"$trust/policy.json"
}

# Checks the signer of the bundle with ssh-keygen if this host trusts anybody. It checks only the first signature.
check_signature() {
  trust=$state_dir/_trust
  required_signers
  if [ "$required" = 0 ]; then
    say 'The origin of this bundle is not checked: this host requires no signature.' \
      '没有核对本离线包的来源：本机不要求签名。'
    return 0
  fi
  [ -f "$here/@SIGNATURE@" ] || fail 64 "this host requires a signature, and the bundle has none at @SIGNATURE@. Copy one beside a single file, FILE.sig, to that path." \
    "本机要求签名，而离线包中没有 @SIGNATURE@。请把单文件旁边的 FILE.sig 复制到该路径。"
  [ "$required" = 1 ] || fail 64 "this host requires $required signers, which only the bundle command can check." \
    "本机要求 $required 个签名者，只有 bundle 命令能够核对。"
  command -v ssh-keygen >/dev/null 2>&1 ||
    fail 64 'this host requires a signature, and has no ssh-keygen to check it: install the client of OpenSSH, or use a bundle command that the host has.' \
      '本机要求签名，但没有 ssh-keygen 可用来核对：请安装 OpenSSH 客户端，或使用本机已有的 bundle 命令。'
  signer=$(ssh-keygen -Y find-principals -s "$here/@SIGNATURE@" -f "$trust/allowed_signers" 2>/dev/null) ||
    fail 66 'the bundle is signed by a key that this host does not trust.' '离线包由本机不信任的密钥签名。'
  set -- -f "$trust/allowed_signers" -I "${signer%%[,"$line_feed"]*}" -n bundle-manifest@v1 -s "$here/@SIGNATURE@"
  [ ! -f "$trust/revoked" ] || set -- "$@" -r "$trust/revoked"
  ssh-keygen -Y verify "$@" <"$here/@MANIFEST@" >&2 ||
    fail 65 'the signature is not for this bundle, or its key was revoked or has expired.' \
      '签名不属于本离线包，或者其密钥已被吊销或过期。'
}

check_engine() {
  engine=$(docker version --format '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}' 2>/dev/null) ||
    fail 30 'the engine does not answer: start it, or set DOCKER_HOST.' '引擎没有响应：请启动 Docker，或设置 DOCKER_HOST。'
  case $engine in
    [0-9].* | 1[0-9].* | 2[0-2].*) fail 31 "Docker 23 or later is needed without @RUNTIME@, found ${engine%% *}." \
      "不使用 @RUNTIME@ 时需要 Docker 23 或更高版本，本机是 ${engine%% *}。" ;;
  esac
  [ "${engine#* }" = "$platform" ] || fail 60 "this bundle is for $platform, and the engine runs ${engine#* }." \
    "本离线包适用于 $platform，而引擎的平台是 ${engine#* }。"
}

# Prints the free kilobytes of a folder's file system, or nothing if df cannot tell.
free_kilobytes() {
  df -Pk "$1" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && echo "$free"; } || :
}

check_space() {
  data=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || data=
  [ -d "$data" ] || return 0
  free=$(free_kilobytes "$data")
  [ -n "$free" ] || return 0
  [ "$free" -ge "$unpacked_kilobytes" ] ||
    say "warning: the images take up to $unpacked_kilobytes kB, and $data has $free kB left; images that are already there take no more space." \
      "警告：镜像最多占用 $unpacked_kilobytes kB，而 $data 只剩 $free kB；已有的镜像不再占用空间。"
}

check_files() {
  say 'Checking every file…' '正在校验每个文件…'
  cd "$here"
  listed_files >"$temporary/list"
  while IFS= read -r line; do
    case /${line#*  }/ in
      */../* | *//*) fail 56 "@MANIFEST@ lists a path outside the bundle: ${line#*  }. Nothing was loaded." \
        "@MANIFEST@ 列出了离线包之外的路径：${line#*  }。没有加载任何内容。" ;;
    esac
  done <"$temporary/list"
  if sha256sum -c "$temporary/list" >"$temporary/files" 2>"$temporary/words"; then return 0; fi
  while IFS= read -r line; do
    case $line in *': OK') ;; *) say "  $line" ;; esac
  done <"$temporary/files"
  cat "$temporary/words" >&2
  fail 51 'this bundle was changed or damaged: copy it again from its source. Nothing was loaded.' \
    '离线包被改动或已损坏：请从来源处重新复制。没有加载任何内容。'
}

load_images() {
  say "Loading $image_count images…" "正在加载 $image_count 个镜像…"
  { tar -C "$here/@IMAGES@" -cf - . || : >"$temporary/unread"; } | docker load -q >"$temporary/load" 2>&1 || {
    cat "$temporary/load" >&2
    fail 32 'docker load failed; docker system df shows what fills its disk.' 'docker load 失败；用 docker system df 查看磁盘占用。'
  }
  [ ! -e "$temporary/unread" ] || fail 45 'the images could not be read completely.' '未能完整读取镜像。'
  check_images
}

check_image() { # REFERENCE ID...: which of these digests the engine reports as the ID depends on its store.
  reference=$1
  shift
  id=$(docker image inspect --format '{{.Id}}' "$reference" 2>/dev/null) || id=none
  case " $* " in
    *" $id "*) ;;
    *) fail 61 "after loading, $reference is $id, and should be one of: $*" "加载之后，$reference 是 $id，应为以下之一：$*" ;;
  esac
}

# Copies a file of the bundle, but not images. Files that were added to the bundle would be settings, or links to
# somewhere else.
copy_file() { # PATH
  case $1 in @IMAGES@/*) return 0 ;; */*) folder=$partial/${1%/*} ;; *) folder=$partial ;; esac
  if [ ! -d "$folder" ] && ! mkdir -p "$folder" || ! cp "$here/$1" "$partial/$1"; then
    fail 43 "$1 could not be copied to $partial." "无法把 $1 复制到 $partial。"
  fi
}

# Puts the files where the command keeps them, so that it can take over later.
stage_files() {
  digest=$(sha256sum <"$here/@MANIFEST@" | cut -c 1-12)
  release_dir=$state_dir/$product/releases/$release_version-$digest
  current=$state_dir/$product/current
  if [ ! -d "$release_dir" ]; then
    partial=$release_dir.partial
    rm -rf "$partial"
    mkdir -p "$partial" || fail 43 "$state_dir cannot be written: choose another folder with --state-dir." \
      "无法写入 $state_dir：请用 --state-dir 选择其他目录。"
    while IFS= read -r line; do copy_file "${line#*  }"; done <"$temporary/list"
    for name in @MANIFEST@ @CHECKSUMS@ @SIGNATURE@ @SIGSTORE@; do
      [ ! -f "$here/$name" ] || copy_file "$name"
    done
    # Media such as FAT lose modes; containers read these files as other users.
    chmod -R u=rwX,go=rX "$partial"
    make_executable "$partial"
    # Shared by all releases: mounts that are not in the bundle.
    mkdir -p "$state_dir/$product/mounts"
    rm -rf "$partial/@KEPT_MOUNTS@"
    ln -s ../../mounts "$partial/@KEPT_MOUNTS@"
    keep_setting .env
    each_env_file keep_setting
    mv "$partial" "$release_dir"
    partial=
  fi
  each_env_file make_from_example
  each_mount check_mount
}

# Notes a missing mount: the engine would put an empty folder in its place.
check_mount() { # PATH file|folder SERVICE
  case $1 in /*) place=$1 ;; *) place=$state_dir/$product/mounts/$1 ;; esac
  case $2 in
    file) [ ! -e "$place" ] || [ -d "$place" ] || return 0 ;;
    *) [ ! -e "$place" ] || return 0 ;;
  esac
  to_bring="$to_bring
  $place ($2, mounted by $3)"
  case $2 in file) kind=文件 ;; *) kind=目录 ;; esac
  to_bring_zh="$to_bring_zh
  $place（$kind，由 $3 挂载）"
}

# Keeps the settings of the previous release. They are copied after `chmod`, so their modes stay.
keep_setting() {
  [ ! -f "$current/$1" ] || [ -e "$partial/$1" ] || cp -p "$current/$1" "$partial/$1"
}

make_from_example() { # FILE EXAMPLE to-fill|filled
  [ ! -e "$release_dir/$1" ] || return 0
  cp "$release_dir/$2" "$release_dir/$1"
  chmod 600 "$release_dir/$1"
  [ "$3" = to-fill ] || return 0
  to_fill="$to_fill
  $release_dir/$1"
}

switch_current() {
  ln -sfn "releases/${release_dir##*/}" "$current.next"
  mv -T "$current.next" "$current"
}

find_compose() {
  if docker compose version >/dev/null 2>&1; then compose='docker compose'
  elif command -v docker-compose >/dev/null 2>&1; then compose=docker-compose
  else return 1
  fi
}

start() {
  start_line="docker compose -f @COMPOSE@ -f @COMPOSE_OFFLINE@ up -d --pull never --no-build"
  if [ -n "$to_fill" ]; then
    say "Fill in these files, which were created from their examples:$to_fill
then start it:
  cd '$current'
  $start_line" "请填写以下由示例生成的文件：$to_fill
然后启动：
  cd '$current'
  $start_line"
    exit 0
  fi
  if [ -n "$to_bring" ]; then
    say "Bring these here, which are not in the bundle (for a folder that may start empty: mkdir -p):$to_bring
then start it:
  cd $current
  $start_line" "请准备以下不在离线包中的内容（可以为空的目录：mkdir -p）：$to_bring_zh
然后启动：
  cd $current
  $start_line"
    exit 0
  fi
  if [ "$start" = no ]; then
    say "To start it:
  cd '$current'
  $start_line" "启动命令：
  cd '$current'
  $start_line"
    exit 0
  fi
  find_compose || fail 33 "everything is loaded, but docker has no compose plugin here, so nothing was started. Install docker-compose-plugin (Docker) or docker-compose (Debian), 2.24.4 or later, or put its one file into ~/.docker/cli-plugins. Then: cd '$current'; $start_line" \
    "已全部加载，但本机的 docker 没有 Compose 插件，因此没有启动。请安装 docker-compose-plugin（Docker）或 docker-compose（Debian），2.24.4 或更高版本，或把该插件文件放到 ~/.docker/cli-plugins。然后执行：cd '$current'; $start_line"
  cd "$current"
  $compose -f @COMPOSE@ -f @COMPOSE_OFFLINE@ up -d --pull never --no-build ||
    fail 63 'the services could not be started; everything is loaded.' '未能启动服务；内容已全部加载。'
  say "Started $product $release_version. Its services: cd '$current'; docker compose -f @COMPOSE@ -f @COMPOSE_OFFLINE@ ps" \
    "已启动 $product $release_version。查看服务：cd '$current'; docker compose -f @COMPOSE@ -f @COMPOSE_OFFLINE@ ps"
}

here=$(cd "$(dirname "$0")" && pwd -P)
line_feed='
'
choose_language
temporary='' partial='' to_fill='' to_bring='' to_bring_zh='' state_dir='' yes=no start=yes plain=no carried=no
while [ $# -gt 0 ]; do
  case $1 in
    --state-dir) [ $# -gt 1 ] || fail 2 '--state-dir needs a value.' '--state-dir 需要一个值。'; state_dir=$2; shift ;;
    --state-dir=*) state_dir=${1#*=} ;;
    --no-start) start=no ;;
    --carried) carried=yes ;;
    --plain) plain=yes ;;
    -y | --yes) yes=yes ;;
    -h | --help) usage; exit 0 ;;
    *) fail 2 "unknown option $1. See --help." "未知选项 $1。请看 --help。" ;;
  esac
  shift
done
[ -n "$state_dir" ] || state_dir=$(default_state_dir)
case $state_dir in /*) ;; *) state_dir=$PWD/$state_dir ;; esac
current=$state_dir/$product/current

trap clean_up EXIT
trap 'exit 130' INT TERM HUP
set -- import "$here" --state-dir "$state_dir"
[ "$start" = no ] || set -- "$@" --up
[ "$yes" = no ] || set -- "$@" --yes
if find_own_command; then
  say "Working with this host's own command: $own_command" "使用本机已有的命令：$own_command"
  exec "$own_command" "$@"
fi
check_signature
if command_runs; then exec sh "$here/@RUNTIME@" "$@"; fi
say 'Working with sha256sum, tar and docker only; --help lists what that cannot do.' \
  '只使用 sha256sum、tar 和 docker；--help 列出这种方式不能做的事情。'
need sha256sum 1
need tar 1
need docker 30
temporary=$(mktemp -d)
check_engine
check_space
ask "Load $image_count images of $product $release_version into Docker ${engine%% *}?" \
  "把 $product $release_version 的 $image_count 个镜像加载到 Docker ${engine%% *}？"
check_files
load_images
stage_files
switch_current
start
