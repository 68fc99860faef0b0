import type { Catalogue } from '../translator.ts';

/** Help of the operator’s commands, and errors of the command line. */
export const command: Catalogue = {
  'Give one of them, or leave it out: the locale decides then.':
    '请给出其中之一，或去掉它：这时由 locale 决定。',
  'check every byte of a bundle': '校验离线包的每个字节',
  'Reads every byte of a bundle, folder or single file, and compares it with what bundle.json and checksums.sha256 list. Needs no engine, no network and no free disk.\n\nThis proves that the bundle is intact, not who made it. For that, check its signatures with --allowed-signers.':
    '读取离线包（目录或单文件）的每个字节，并与 bundle.json 和 checksums.sha256 所列比较。不需要引擎、网络和可用磁盘空间。\n\n这只证明离线包完好，不证明由谁制作；要核对制作者，请用 --allowed-signers 核对签名。',
  'after the copy to the stick, and again on the other host':
    '复制到 U 盘之后，以及在另一台主机上再次校验',
  'and signed by one of these keys': '并核对是否由这些密钥之一签名',
  'for scripts': '用于脚本',
  '{0}, listed above': '{0}，已在上面列出',
  'Do not use this bundle: copy it again from its source.':
    '请不要使用该离线包：请从来源处重新复制。',
  'check whether a bundle can be imported and started here': '检查离线包能否在本机导入和启动',
  'name of the instance, as for import (default: the product)':
    '实例名称，与 import 相同（默认：产品名称）',
  'obstacles, before anything is copied': '在复制任何内容之前找出障碍',
  'for a port freed later': '端口稍后会空出来时',
  '{0} failed: {1}': '{0}未通过：{1}',
  'Follow the advice after each arrow above, then run the command again.':
    '请按上面每个箭头后的建议处理，然后重新执行命令。',
  'rebuild images from changed source, without a network': '不联网，用改过的源代码重建镜像',
  "Builds the images of an imported application again, from source changed on this host. Steps that would need a network are reused from the bundle's captures; only the steps after the change run.\n\nThe source is the project folder with the Compose file: --source, or the current folder. Without a service, it shows a menu on a terminal. If nothing has changed since the last build, nothing is built. The previous image is kept under its own name; --undo restores it.":
    '用在本机改过的源代码重新构建已导入应用的镜像。需要联网的步骤从离线包的采集结果中复用；只执行改动之后的步骤。\n\n源代码是含有 Compose 文件的项目目录：--source，或当前目录。不写服务名时，在终端上显示菜单。如果自上次构建以来没有变化，则不构建。原镜像另存为单独的名称；--undo 可恢复它。',
  'choose from a menu; the source is in this folder': '从菜单中选择；源代码在当前目录',
  'rebuild one service and start it': '重建一个服务并启动它',
  'with another build argument': '使用另一个构建参数',
  'everything, from a script': '全部重建，用于脚本',
  'restore the previous image': '恢复原镜像',
  'services of the Compose file to rebuild': '要重建的服务（Compose 文件中的名称）',
  "folder of the project's source (default: the current folder)":
    '项目源代码目录（默认：当前目录）',
  'another build argument, repeatable': '另外的构建参数，可重复',
  'tag or name of the result (default: the image of the service)':
    '结果的标签或名称（默认：服务的镜像）',
  'start the services with the new images, and wait until they are healthy':
    '用新镜像启动服务，并等待变为健康',
  'restore the images from before the last rebuild': '恢复上一次重建之前的镜像',
  'rebuild all services with a recipe': '重建所有有配方的服务',
  'run changed dependency steps again, without a network': '不联网，重新执行有变化的依赖步骤',
  'keep the current file modes instead of those from the export':
    '保留当前的文件权限，而不用导出时的权限',
  'bundle to load missing images from': '从该离线包加载缺少的镜像',
  'do not ask': '不询问',
  'Fix the source and run the same command again, or undo the rebuild.':
    '请修正源代码并重新执行同一命令，或撤销重建。',
  'See `bundle logs`; `bundle up` starts the release.':
    '请看 `bundle logs`；`bundle up` 会启动该版本。',
  'the command line of rebuild': 'rebuild 的命令行',
  'services, or --all': '服务名，或 --all',
  'This release can rebuild {0}: name what you changed, or all with --all.':
    '该版本可以重建 {0}：请指定改过的服务，或用 --all 全部重建。',
  'roll back to an earlier release': '回滚到较早的版本',
  'Starts the previous release, or the named one, as `bundle up` does: with its own images, files and settings. If it does not become healthy, the current release is started again. After an interrupted upgrade it restores the release from before the upgrade. Naming the running release restores its settings from before their last change.\n\nData in volumes is not rolled back. After an upgrade with --backup-volumes, --restore-volumes restores the copy: later data is lost from the volumes, but is copied first.':
    '像 `bundle up` 一样启动之前的版本或指定的版本，使用它自己的镜像、文件和配置。如果它没有变为健康，会重新启动当前版本。升级被中断后，它恢复升级之前的版本。指定正在运行的版本时，恢复其配置最近一次更改之前的值。\n\n数据卷中的数据不会回滚。如果升级时用了 --backup-volumes，可用 --restore-volumes 恢复备份：此后的数据会从数据卷中消失，但会先复制一份。',
  'version, or the beginning of its digest': '版本号，或其摘要的开头',
  'restore the volumes from the copy before the upgrade': '用升级前的备份恢复数据卷',
  'to the previous release': '回滚到之前的版本',
  'to a certain release, from a script': '回滚到指定的版本，用于脚本',
  'with the data from before the upgrade': '并恢复升级之前的数据',
  'show running releases, their health, and changes by hand':
    '查看正在运行的版本、健康状况和手工改动',
  'Shows the running release of each application on this host, when it started, the health of its services, and changes made by hand: images, settings, files, containers. Changes nothing. Exits with 91 when a service that should run is down, and with 30 when no engine answers. `bundle ls` is the same.':
    '显示本机每个应用正在运行的版本、启动时间、服务的健康状况，以及手工改动：镜像、配置、文件、容器。不做任何改动。应运行的服务没有运行时退出码为 91，引擎没有响应时为 30。`bundle ls` 与此相同。',
  'all applications of this host': '本机的所有应用',
  'one of them, for a script': '其中一个，用于脚本',
  'looking at': '查看',
  'running, healthy services': '服务正在运行且健康',
  '`bundle up` starts what should run, and finishes what was interrupted; `bundle logs` shows their output.':
    '`bundle up` 启动应运行的服务，并完成被中断的操作；`bundle logs` 显示它们的输出。',
  'start an imported release, or upgrade to it': '启动已导入的版本，或升级到它',
  'Starts an imported release, waits until its services are healthy and stay healthy, and points `current` at it. If it does not become healthy, it shows the logs and starts the previous release again, with its own images, files and settings.\n\nWithout a version it starts the release that ran last, or the only imported one. Settings are written into .env of the release and carried over to the next one. Data in volumes is not rolled back with a release; --backup-volumes copies it first, and restores it if the release does not become healthy.\n\nThe next run finishes, or undoes, a run that was killed.':
    '启动已导入的版本，等待其服务变为健康并保持健康，然后让 `current` 指向它。如果没有变为健康，会显示日志，并重新启动之前的版本，使用它自己的镜像、文件和配置。\n\n不写版本时，启动最后运行的版本，或唯一已导入的版本。配置写入版本的 .env，并沿用到下一个版本。数据卷中的数据不随版本回滚；--backup-volumes 会先复制数据，并在版本没有变为健康时恢复。\n\n被终止的操作会由下一次操作完成或撤销。',
  "restore the release's own images after a rebuild": '重建之后恢复版本自带的镜像',
  'start the imported release': '启动已导入的版本',
  'upgrade; the page must answer': '升级；该网页必须能够访问',
  'change a setting, from a script': '修改一项配置，用于脚本',
  'copy the data first': '先复制数据',
  'Everything that was started has been removed': '已启动的内容已全部移除',
  '{0} runs': '{0} 正在运行',
  'Unset the variable: it is for tests.': '请取消该变量：它仅用于测试。',
  'load a bundle into the engine of this host': '把离线包导入本机的引擎',
  'Checks the host first (like `bundle preflight`), verifies the bundle, loads the images missing on the engine, checks them on arrival and stages the release in the state folder. Needs no network. With --up it also starts the release, and rolls back automatically if the release does not become healthy; `bundle up` does the same later. A bundle older than the newest one this host has imported is refused.\n\nOn a terminal it asks before it changes the engine. It never asks with --yes, with --json or without a terminal.':
    '先检查本机（与 `bundle preflight` 相同），校验离线包，加载引擎缺少的镜像并检查加载结果，把版本放入状态目录。不需要网络。带 --up 时还会启动该版本，如果没有变为健康则自动回滚；也可以稍后用 `bundle up` 启动。比本机已导入的最新版本更旧的离线包会被拒绝。\n\n在终端上，改动引擎之前会先询问。带 --yes、--json 或没有终端时不询问。',
  'start the release, or upgrade to it; with the options below':
    '启动该版本或升级到它；可配合下面的选项',
  'name of the instance, for a second one beside the first (default: the product)':
    '实例名称，用于在第一个实例旁边建立第二个（默认：产品名称）',
  'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)':
    '状态目录（也可用 BUNDLE_STATE_DIR；默认：root 为 /var/lib/bundle，其他用户为 $XDG_STATE_HOME/bundle）',
  'verify and show what would be loaded; change nothing': '校验并显示将要加载的内容；不做任何改动',
  'verify, ask, load': '校验、询问、加载',
  'from a script': '用于脚本',
  'from the stick to a working page': '从 U 盘到可用的网页',
  'a second instance': '第二个实例',
  'an older release, on purpose': '有意使用较早的版本',
  'preview of the images to load': '预览将要加载的镜像',
  'a folder with {0}, a .tar or a {1} file': '含有 {0} 的目录、.tar 文件或 {1} 文件',
  'Check the name. In the same folder: {0}': '请检查名称。同一目录中有：{0}',
  'looking for the bundle in': '查找离线包，目录',
  'one bundle': '一个离线包',
  'Name one of them: {0}': '请指定其中一个：{0}',
  'the passphrase of the settings': '配置文件的口令',
  'Use a terminal, or give it with --passphrase-file.': '请使用终端，或用 --passphrase-file 提供。',
  '{0} characters': '{0} 个字符',
  'a passphrase, or --recipient': '口令，或 --recipient',
  'reading the passphrase in': '读取口令',
  'images as `docker save` writes them, not a bundle': '`docker save` 写成的镜像，不是离线包',
  'an image layout, not a bundle': '镜像目录，不是离线包',
  'To make a bundle of the Compose file and the images, use `bundle export`.':
    '要用 Compose 文件和镜像制作离线包，请用 `bundle export`。',
  'a tar archive that does not begin with {0}': '开头不是 {0} 的 tar 归档',
  'If a bundle folder was packed into it, unpack it (tar -xf {0}) and name the folder.':
    '如果其中打包的是离线包目录，请解包（tar -xf {0}）并指定该目录。',
  'A bundle is already compressed inside. Decompress the file (gunzip, unzstd, unxz), or unpack it, and name the result.':
    '离线包内部已经压缩。请解压该文件（gunzip、unzstd、unxz）或解包，并指定得到的结果。',
  'a Compose file, not a bundle': 'Compose 文件，不是离线包',
  'Make a bundle from it on the source side: bundle export {0}':
    '请在源端用它制作离线包：bundle export {0}',
  'a folder with a Compose file, not a bundle': '含有 Compose 文件的目录，不是离线包',
  'nothing in it': '其中什么都没有',
  'Copy the bundle again from its source.': '请从来源处重新复制离线包。',
  'no {0} and no bundle in it': '其中没有 {0}，也没有离线包',
  'Name the bundle: its folder, its .tar file, or the .parts.json file beside its parts.':
    '请指定离线包：其目录、.tar 文件，或分卷旁边的 .parts.json 文件。',
  'Remove this?': '是否删除？',
  'reading the private key in': '读取私钥',
  '--allowed-signers with it': '同时使用 --allowed-signers',
  'a list of public keys': '公钥列表',
  'writing {0} to': '把 {0} 写到',
  'en or zh': 'en 或 zh',
  'running the command': '执行命令',
  'writing the result to stdout': '把结果写到标准输出',
  'Only this output was lost: redirect it elsewhere, or free some space there.':
    '只丢失了这份输出：请重定向到其他位置，或在该处释放一些空间。',
  'no errors': '没有错误',
  '1, listed above': '1 个，已在上面列出',
  '{0}: to be removed': '{0}：将被删除',
  'volumes, with all data': '数据卷，及其全部数据',
  'mounted folders and files, with all data': '挂载的目录和文件，及其全部数据',
  'copies of volumes': '数据卷的备份',
  'Nothing to remove.': '没有可删除的内容。',
  'Nothing was removed.': '没有删除任何内容。',
  '  kept {0}: a volume, with its data (--volumes)': '  保留 {0}：数据卷及其数据（--volumes）',
  '  kept {0}: {1}': '  保留 {0}：{1}',
  '{0} and {1} more': '{0} 等另外 {1} 个',
  'further folders with parts of a split bundle, comma-separated or repeated (default: beside the list)':
    '分卷所在的其他目录，以逗号分隔或重复使用（默认：列表旁边）',
  'folder, .tar or .parts.json file': '目录、.tar 文件或 .parts.json 文件',
  'preflight checks to ignore, comma-separated or repeated; their results are still shown':
    '要忽略的检查，以逗号分隔或重复使用；结果仍会显示',
  'expected an address': '应为地址',
  'address of the Docker engine (also: DOCKER_HOST, contexts)':
    'Docker 引擎的地址（也可用 DOCKER_HOST、context）',
  'docker, or oci:PATH for an OCI image layout (also: BUNDLE_ENGINE)':
    'docker，或 oci:路径 表示 OCI 镜像目录（也可用 BUNDLE_ENGINE）',
  'state folder (also: BUNDLE_STATE_DIR), as for import':
    '状态目录（也可用 BUNDLE_STATE_DIR），与 import 相同',
  'the application (default: the only one on this host)': '应用（默认：本机唯一的应用）',
  'channel to follow from now on (default: that of the last bundle of this instance)':
    '今后要跟随的通道（默认：该实例上一个离线包的通道）',
  'accept a bundle older than the newest one this host has imported; this instance counts from it on':
    '接受比本机已导入的最新版本更旧的离线包；该实例今后以它为准',
  'show what would be removed; change nothing': '显示将要删除的内容；不做任何改动',
  'time limit for becoming healthy, such as 90, 15s or 5m (default: 180s)':
    '变为健康的时限，例如 90、15s 或 5m（默认：180s）',
  'expected NAME=VALUE or FILE:NAME=VALUE': '应为 NAME=VALUE 或 FILE:NAME=VALUE',
  'a setting, repeatable; NAME in .env, FILE:NAME in an env file of a service':
    '一项配置，可重复；NAME 属于 .env，FILE:NAME 属于服务的 env 文件',
  'settings from an env file, or from JSON with NAME or FILE:NAME as keys; repeatable':
    '从 env 文件读取配置，或从以 NAME 或 FILE:NAME 为键的 JSON 读取；可重复',
  'another form': '另一种形式',
  'no JSON': '不是 JSON',
  'settings from an encrypted file of bundle settings': '从 bundle settings 的加密文件读取配置',
  'private key of age or SSH to open it with, repeatable': '用于打开它的 age 或 SSH 私钥，可重复',
  'passphrase to open it with (default: asked for)': '用于打开它的口令（默认：询问）',
  'expected an http:// or https:// address': '应为 http:// 或 https:// 地址',
  'time to stay up afterwards without a restart (default: 5s)':
    '此后须保持运行、不重启的时间（默认：5s）',
  'address to ask; must answer with a status below 400': '要访问的地址；返回的状态必须小于 400',
  'permission to grant the application on this host, repeatable: all, {0}':
    '授予应用的本机权限，可重复：all, {0}',
  'stop the services and copy their named volumes first': '先停止服务并复制其命名数据卷',
  'show what would change; change nothing': '显示将要改变的内容；不做任何改动',
  'the release': '版本',
  'a version, or the beginning of a digest': '版本号，或摘要的开头',
  'refuse bundles with any other identity: sha256:… as `bundle export` prints it':
    '拒绝标识不同的离线包：`bundle export` 显示的 sha256:…',
  'expected a name': '应为名称',
  'trusted keys: refuse anything without a signature by one of them (format: ssh-keygen(1), ALLOWED SIGNERS)':
    '可信的密钥：拒绝没有由其中之一签名的离线包（格式：ssh-keygen(1) 的 ALLOWED SIGNERS）',
  'public keys to reject, one per line': '要拒绝的公钥，每行一个',
  'number of different signers to require (default: 1)': '要求的不同签名者的数目（默认：1）',
  'count only signers listed as NAME': '只计算列为 NAME 的签名者',
  'expected a path': '应为路径',
  'expected a duration of at most a day, such as 90, 15s, 5m or 1h30m':
    '应为不超过一天的时长，例如 90、15s、5m 或 1h30m',
  'expected NAME=VALUE': '应为 NAME=VALUE',
  'expected a number up to {0}': '应为不超过 {0} 的数',
  'expected a size such as 4000M, 4.7G or 2GiB': '应为大小，例如 4000M、4.7G 或 2GiB',
  'expected fat32, dvd, cd or a size of 64KiB or more, such as 4000M':
    '应为 fat32、dvd、cd 或不小于 64KiB 的大小，例如 4000M',
  'folder of images': '镜像目录',
  'a zip archive': 'zip 归档',
  'Unpack it (unzip {0}), and name what was in it.': '请解包（unzip {0}），并指定其中的内容。',
  'a folder of image archives as `docker save` writes them, not a bundle':
    '`docker save` 写成的镜像归档的目录，不是离线包',
  '`docker load -i FILE` loads the images alone; with their Compose file, make a bundle of them: bundle adopt {0}':
    '`docker load -i FILE` 只加载镜像；要连同 Compose 文件制作离线包：bundle adopt {0}',
  'a bundle spec, not a bundle': '离线包 spec，不是离线包',
  'Make the bundle that it describes on the source side: bundle export {0}':
    '请在源端制作它描述的离线包：bundle export {0}',
  'This is a bug in the program. Run it again with --verbose and report what it prints.':
    '这是程序的缺陷。请加 --verbose 重新执行，并报告它显示的内容。',
  'a Sigstore signature, {0}': 'Sigstore 签名，{0}',
  'roll back': '回滚',
  'start at boot': '开机启动',
  ', as the configuration file has it': '，来自配置文件',
  '`docker load -i {0}` loads the images alone; `bundle adopt FOLDER` makes a bundle of them and their Compose file.':
    '`docker load -i {0}` 只加载镜像；`bundle adopt FOLDER` 可用它们和 Compose 文件制作离线包。',
  '`bundle config` lists the keys and where each value comes from.':
    '`bundle config` 列出各个键，以及每个值的来源。',
  'keys and values of the configuration': '配置的键和值',
  'expected a value': '应为一个值',
  '{0}: expected KEY: VALUE': '{0}：应为 KEY: VALUE',
  'the file': '该文件',
  '{0}: only in the section of a command, such as {1}: {{2}: …}':
    '{0}：只能写在某个命令的部分，例如 {1}：{{2}: …}',
  '{0}: unknown key{1}': '{0}：未知的键{1}',
  'expected an absolute path, or one that begins with ~/': '应为绝对路径，或以 ~/ 开头的路径',
  'unknown error': '未知错误',
  'not readable: {0}': '无法读取：{0}',
  'not a file': '不是文件',
  'another user owns it': '它属于另一个用户',
  'others can write it: chmod go-w': '其他用户可以写入：chmod go-w',
  'larger than {0} bytes': '大于 {0} 字节',
  'warning: this command has no executable for {0}, so the bundle contains none':
    '警告：本命令没有适用于 {0} 的可执行文件，因此离线包中也没有',
  'none at {0}': '{0} 处没有',
  'Run `npm install -g --force offline-bundle-{0}@{1}` if npm installed this command, or else put bundle-{2} of the same release beside it':
    '如果本命令由 npm 安装，请执行 `npm install -g --force offline-bundle-{0}@{1}`；否则请把同一发行版的 bundle-{2} 放在旁边',
  'Fix the problem that scripts/build-runtime reports': '请解决 scripts/build-runtime 报告的问题',
  'looking for the executable of this command for': '查找本命令的可执行文件，平台',
  '{0}, or leave it out with --no-runtime.': '{0}，或用 --no-runtime 不带它。',
  'reading the docker plugin': '读取 docker 插件',
  '  same image: restarted only if its settings, mounted files or definition changed':
    '  镜像不变：只有配置、挂载的文件或定义有变化时才重启',
  'choosing the images of': '选择镜像：',
  'Choose one of these platforms with --platform.': '用 --platform 选择其中一个平台。',
  'one platform, since an engine gives the images of one': '一个平台，因为引擎只提供一个平台的镜像',
  'For several platforms, take the images from their registries with --from registry.':
    '需要多个平台时，用 --from registry 从镜像仓库取镜像。',
  'one platform, since an archive of docker save has the images of one':
    '一个平台，因为 docker save 的归档只有一个平台的镜像',
  'For several platforms, use --from registry or --from oci:DIR.':
    '需要多个平台时，用 --from registry 或 --from oci:DIR。',
  'one platform for an incremental bundle': '增量包只用一个平台',
  'Make one incremental bundle for each platform, or leave out --since and --for.':
    '为每个平台各做一个增量包，或去掉 --since 和 --for。',
  'choosing the platforms of': '选择平台：',
  'a platform that all images are for': '所有镜像都适用的平台',
  'Choose images that have a platform in common.': '选择有共同平台的镜像。',
  '--referrers with --from registry': '--referrers 与 --from registry 一起使用',
  'warning: a bundle for several platforms carries no Compose plugin: its hosts need their own':
    '警告：含多个平台的离线包不带 Compose 插件：主机需要自备',
};
