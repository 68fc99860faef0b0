#!/bin/sh
# The part of rebuild.sh that is the same in every bundle. POSIX sh, for dash and busybox; exit codes are those of
# bundle. An export fills in the words between @ signs and replaces these lines by the recipes of the bundle.
# shellcheck disable=SC2154
set -eu

usage() {
  if [ "$language" = zh ]; then chinese_usage; return; fi
  cat <<TEXT
Usage: sh rebuild.sh [SERVICE...] [OPTION...]

Rebuilds images of $product $release_version from changed source, without a network. Without a service it shows a menu.

  --source DIR            project folder, with the Compose file (default: the current folder)
  --build-arg NAME=VALUE  another build argument, repeatable
  --all                   every image
  --up                    start the services with the new images
  --allow-rerun           build even if files of a dependency step changed
  --plain                 plain docker, even if the bundle command is installed
  -h, --help              show this help

Services:
$(menu)
TEXT
}

chinese_usage() {
  cat <<TEXT
用法：sh rebuild.sh [服务...] [选项...]

用改动后的源代码重建 $product $release_version 的镜像，不需要网络。不指定服务时显示菜单。

  --source 目录           项目目录，其中有 Compose 文件（默认：当前目录）
  --build-arg 名称=值     另一个构建参数，可重复
  --all                   所有镜像
  --up                    用新镜像启动服务
  --allow-rerun           即使依赖步骤的文件有改动也构建
  --plain                 只用 docker，即使已安装 bundle 命令
  -h, --help              显示本说明

服务：
$(menu)
TEXT
}

menu() {
  number=1
  while [ "$number" -le "$image_count" ]; do
    echo "  $number  $(services_of "$number")"
    number=$((number + 1))
  done
  [ "$image_count" -le 1 ] || tell "  $number  all" "  $number  全部"
}

clean_up() {
  [ -z "$temporary" ] || rm -rf "$temporary"
  [ -n "$before" ] || return 0
  # A build that failed or was stopped at the very end may already have tagged its result.
  [ "$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null)" = "$old" ] || docker tag "$before" "$image" || :
  docker image rm "$before" >/dev/null 2>&1 || :
}

# Passes the same arguments to the bundle command, which can do more.
hand_over() {
  state=$(dirname "$(dirname "$(dirname "$release_dir")")")
  [ -L "$state/$product/current" ] || return 0
  if [ -x "$release_dir/runtime/bundle" ]; then command=$release_dir/runtime/bundle
  elif command -v bundle >/dev/null 2>&1; then command=bundle
  else return 0
  fi
  exec "$command" rebuild --state-dir "$state" --product "$product" "$@"
}

check_engine() {
  command -v docker >/dev/null 2>&1 || fail 30 'there is no docker command on this host.' '本机没有 docker 命令。'
  engine=$(docker info --format '{{.ServerVersion}} {{.DriverStatus}}' 2>/dev/null) ||
    fail 30 'the engine does not answer: start it, or set DOCKER_HOST.' '引擎没有响应：请启动 Docker，或设置 DOCKER_HOST。'
  case $engine in
    [0-9].* | 1[0-9].* | 2[0-2].*) fail 31 "Docker 23 or later is needed, found ${engine%% *}, which does not reuse the cache of newer engines." \
      "需要 Docker 23 或更高版本，本机是 ${engine%% *}，它不会复用较新引擎的缓存。" ;;
    *io.containerd.snapshotter*) store=containerd ;;
    *) store=graph-driver ;;
  esac
  docker buildx version >/dev/null 2>&1 ||
    fail 34 'docker has no buildx plugin here: install docker-buildx-plugin (Docker) or docker-buildx (Debian), or let the bundle command rebuild, which may bring its own.' \
      '本机的 docker 没有 buildx 插件：请安装 docker-buildx-plugin（Docker）或 docker-buildx（Debian），或让 bundle 命令来重建，它可能自带该插件。'
  builder=$(docker context show 2>/dev/null) || builder=default
}

# Builds with the engine's own frontend: one named by a "# syntax=" line would be pulled from a registry.
use_dockerfile() {
  dockerfile=$1
  [ -f "$dockerfile" ] || fail 35 "there is no $dockerfile: name the folder of the project with --source." \
    "没有 $dockerfile：请用 --source 指定项目目录。"
  grep -qi '^[[:space:]]*#[[:space:]]*syntax[[:space:]]*=' "$dockerfile" || return 0
  new_folder
  awk '
    !body && tolower($0) ~ /^[ \t]*#[ \t]*syntax[ \t]*=/ { next }
    !/^[ \t]*#/ { body = 1 }
    { print }' "$dockerfile" >"$temporary/Dockerfile"
  [ ! -f "$dockerfile.dockerignore" ] || cp "$dockerfile.dockerignore" "$temporary/Dockerfile.dockerignore"
  dockerfile=$temporary/Dockerfile
}

use_dockerfile_text() {
  new_folder
  cat >"$temporary/Dockerfile.text"
  use_dockerfile "$temporary/Dockerfile.text"
}

new_folder() {
  [ -n "$temporary" ] || temporary=$(mktemp -d)
}

refuse_unnamed() {
  fail 35 "stage $1 of $what has no name: plain docker cannot build it separately, but the bundle command can. Give the stage a name (FROM … AS NAME) and export again, or install the command." \
    "$what 的阶段 $1 没有名称：docker 无法单独构建它，而 bundle 命令可以。请给该阶段命名（FROM … AS 名称）后重新导出，或安装该命令。"
}

need() {
  docker image inspect "$1" >/dev/null 2>&1 ||
    fail 35 "the image $1 is not on the engine: load the bundle again (in its folder: tar -C images -cf - . | docker load)." \
      "引擎中没有镜像 $1：请重新加载离线包（在其目录中执行：tar -C images -cf - . | docker load）。"
}

# same PATH SHA256 MODE: compares an input of a dependency step with the export.
same() {
  file=$context/$1
  if [ ! -f "$file" ]; then note "$1 is gone" "$1 不存在"
  elif command -v sha256sum >/dev/null 2>&1 && [ "$(sha256sum <"$file" | cut -c 1-64)" != "$2" ]; then
    note "$1 changed" "$1 有改动"
  elif mode=$(stat -c %a "$file" 2>/dev/null) && [ "$mode" != "$3" ]; then
    note "the mode of $1 is $mode, and was $3 at the export (chmod $3 $file)" \
      "$1 的权限是 $mode，导出时是 $3（chmod $3 $file）"
  fi
}

note() { # ENGLISH CHINESE
  changes="$changes
  $(tell "$@")"
}

check_changes() {
  [ -n "$changes" ] || return 0
  if [ "$allow_rerun" = yes ]; then
    say "$what: steps run again because:$changes" "$what：因以下改动而重新执行步骤：$changes"
  else
    fail 36 "$what: a step that needs a network would have to run again because:$changes
Export the application again on the connected machine. If that step needs no network: --allow-rerun." \
      "$what：因以下改动，需要网络的步骤必须重新执行：$changes
请在联网的机器上重新导出应用。如果该步骤不需要网络：--allow-rerun。"
  fi
  changes=
}

# build STAGE CACHE-IMAGE MANIFEST-DIGEST OPTION...: builds one stage with its own cache, because several caches in one
# build race.
build() {
  name=$1 cache=$2 manifest=$3
  shift 3
  [ "$store" = graph-driver ] || cache="type=local,\"src=$here/layout\",digest=$manifest"
  [ -z "$name" ] || set -- --target "$name" "$@"
  tell "$what: ${name:-result}" "$what：${name:-最终阶段}"
  docker buildx build --builder "$builder" --provenance=false --sbom=false --file "$dockerfile" --cache-from "$cache" "$@" "$context"
}

stage() {
  build "$@" --output type=cacheonly || fail 22 "stage $1 of $what could not be built; its image is unchanged." \
    "$what 的阶段 $1 构建失败；其镜像没有改变。"
}

# Keeps the previous image under its own name.
result() {
  old=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) || old=
  if [ -n "$old" ]; then
    before=$image-before-$(date -u +%Y%m%d-%H%M%S)
    # Two rebuilds may begin within one second.
    while docker image inspect "$before" >/dev/null 2>&1; do before=$before-2; done
    docker tag "$image" "$before" || fail 22 "the previous image could not be tagged, so nothing was built." \
      '无法给原来的镜像打标签，因此没有构建。'
  fi
  build "$@" --tag "$image" || fail 22 "$what could not be built; its image is unchanged." "$what 构建失败；其镜像没有改变。"
  new=$(docker image inspect --format '{{.Id}}' "$image")
  if [ "$new" = "$old" ]; then
    docker image rm "$before" >/dev/null
    tell "Up to date: $what, $image" "已是最新：$what，$image"
  else
    tell "Rebuilt $what as $image
  image ID: $new" "已重建 $what，镜像 $image
  镜像 ID：$new"
    [ -z "$before" ] || tell "  before:   $before
  undo:     docker tag $before $image" "  原镜像： $before
  撤销：   docker tag $before $image"
  fi
  before=
}

start() {
  cd "$release_dir"
  # Each service is a separate word.
  # shellcheck disable=SC2086
  docker compose -p "$product" -f @COMPOSE@ -f @COMPOSE_OFFLINE@ up -d --no-deps --pull never --no-build $1 ||
    fail 63 "the services could not be started: $1" "服务启动失败：$1"
}

number_of() { # SERVICE
  number=1
  while [ "$number" -le "$image_count" ]; do
    case " $(services_of "$number") " in *" $1 "*) return 0 ;; esac
    number=$((number + 1))
  done
  fail 35 "no image of the service $1 can be rebuilt. These can:
$(menu)" "服务 $1 没有可重建的镜像。可重建的有：
$(menu)"
}

choose() {
  if [ "$image_count" = 1 ]; then chosen=1; return 0; fi
  [ -t 0 ] || fail 2 'name services, or use --all; there is no terminal for a question.' \
    '请指定服务，或使用 --all；没有可供提问的终端。'
  tell 'Which image?' '哪个镜像？'
  menu
  if [ "$language" = zh ]; then printf '编号：'; else printf 'Number: '; fi
  read -r chosen || chosen=
  case $chosen in '' | *[!0-9]*) chosen=0 ;; esac
  if [ "$chosen" -lt 1 ] || [ "$chosen" -gt $((image_count + 1)) ]; then
    fail 2 'expected one of the numbers.' '应为其中一个编号。'
  fi
  [ "$chosen" -le "$image_count" ] || chosen=$all_numbers
}

here=$(cd "$(dirname "$0")" && pwd -P)
release_dir=$(dirname "$here")
temporary='' before='' changes='' chosen='' source_dir=. allow_rerun=no up=no plain=no
choose_language
all_numbers=$(each=1; while [ "$each" -le "$image_count" ]; do echo "$each"; each=$((each + 1)); done)

for word in "$@"; do
  case $word in
    --plain) plain=yes ;;
    -h | --help) usage; exit 0 ;;
  esac
done
[ "$plain" = yes ] || hand_over "$@"
say 'Working with plain docker: the Dockerfile and file modes are not compared with the export.' \
  '直接使用 docker：不会把 Dockerfile 和文件权限与导出时比较。'

# Arguments left at the end are options of docker build.
words=$#
while [ "$words" -gt 0 ]; do
  word=$1
  shift
  words=$((words - 1))
  case $word in
    --source | --build-arg)
      [ "$words" -gt 0 ] || fail 2 "$word needs a value." "$word 需要一个值。"
      value=$1
      shift
      words=$((words - 1))
      if [ "$word" = --source ]; then source_dir=$value; else set -- "$@" --build-arg "$value"; fi
      ;;
    --source=*) source_dir=${word#*=} ;;
    --build-arg=*) set -- "$@" "$word" ;;
    --all) chosen=$all_numbers ;;
    --up) up=yes ;;
    --allow-rerun) allow_rerun=yes ;;
    --plain | -y | --yes) ;;
    -*) fail 2 "unknown option $word; only the bundle command has others. See --help." \
      "未知选项 $word；其他选项只有 bundle 命令才有。请看 --help。" ;;
    *) number_of "$word"; case " $chosen " in *" $number "*) ;; *) chosen="$chosen $number" ;; esac ;;
  esac
done
[ -n "$chosen" ] || choose

trap clean_up EXIT
trap 'exit 130' INT TERM HUP
check_engine
source_dir=$(cd "$source_dir" 2>/dev/null && pwd) || fail 35 'the folder given with --source does not exist.' \
  '--source 指定的目录不存在。'
rebuilt=
for chosen_number in $chosen; do
  rebuild_image "$chosen_number" "$@"
  rebuilt="$rebuilt $(services_of "$chosen_number")"
done
[ "$up" = no ] || start "$rebuilt"
