import type { Catalogue } from '../translator.ts';

/** Errors and facts of rebuilds. */
export const rebuild: Catalogue = {
  'looking on the engine for the images to reuse': '在引擎中查找要复用的镜像',
  'missing or different images (possibly after `docker image prune`)':
    '镜像缺少或不同（可能执行过 `docker image prune`）',
  'Provide the imported bundle{0}, and name it with --bundle PATH. Missing images are then loaded from it.':
    '请提供已导入的离线包{0}，并用 --bundle 路径 指定。缺少的镜像会从中加载。',
  ' (it is no longer at {0})': '（它已不在 {0}）',
  'the cache was captured with the containerd image store, and this engine’s graph-driver store does not find it':
    '缓存是在 containerd 镜像存储上采集的，当前引擎的 graph driver 存储找不到它',
  'the cache was captured on {0} with plain layers, which a bundle compresses: pull it from a registry before the export':
    '缓存是在 {0} 上以未压缩的层采集的，而离线包会压缩层：请在导出前从镜像仓库拉取该镜像',
  'it has a --mount, whose cache key differs between Docker {0} (at the export) and {1}':
    '它使用 --mount，而 Docker {0}（导出时）与 {1} 的缓存键不同',
  '{0}: {1}, so line {2} ({3}) would have to run again':
    '{0}：{1}，因此第 {2} 行（{3}）必须重新执行',
  'comparing the source with the bundle': '比较源代码与离线包',
  'the same dependencies, base images and earlier instructions':
    '依赖、基础镜像和前面的指令都没有变化',
  'Export the application again on the connected machine and import that bundle. Where such a step needs no network, --allow-rerun runs it.':
    '请在联网的机器上重新导出应用并导入该离线包。如果该步骤不需要网络，可加 --allow-rerun 执行。',
  'looking for the images named in the Dockerfile of': '查找 Dockerfile 中的镜像，服务',
  '{0} on the engine': '引擎中的 {0}',
  'no such image on the engine or in the bundle': '引擎和离线包中都没有该镜像',
  'The Dockerfile names an image that it did not name at the export: see {0}. Export the application again.':
    'Dockerfile 引用了导出时没有引用的镜像：见 {0}。请重新导出应用。',
  'Install docker-buildx-plugin (Docker’s own packages) or docker-buildx (Debian’s), or import a bundle that carries buildx.':
    '请安装 docker-buildx-plugin（Docker 官方软件包）或 docker-buildx（Debian），或导入带有 buildx 的离线包。',
  'Install docker-compose-plugin, or start containers another way.':
    '请安装 docker-compose-plugin，或用其他方式启动容器。',
  'temporary folder': '临时目录',
  'engine disk': '引擎磁盘',
  'the engine is on another machine: check there': '引擎位于另一台机器：请在那台机器上检查',
  'base and cache images': '基础镜像和缓存镜像',
  'previous images': '原镜像',
  'not checked: name its folder with --source, or change to it first':
    '未检查：请用 --source 指定目录，或先进入该目录',
  'source of {0}': '{0} 的源代码',
  'images are missing, see above': '缺少镜像，见上文',
  'not installed': '未安装',
  '{0}; the largest image takes {1}': '{0}；最大的镜像占用 {1}',
  'See `docker system df`. `docker builder prune` and `docker image prune` (without -a) remove nothing that rebuilds need.':
    '请看 `docker system df`。`docker builder prune` 和 `docker image prune`（不带 -a）不会删除重建所需的内容。',
  'Free some space, or set TMPDIR to a folder with more room.':
    '请释放一些空间，或把 TMPDIR 设为空间更大的目录。',
  'images {0}, containers {1}, volumes {2}, build cache {3}':
    '镜像 {0}，容器 {1}，数据卷 {2}，构建缓存 {3}',
  'engine usage': '引擎占用',
  '{0} {1}, which can rebuild {2}': '{0} {1}，可重建 {2}',
  'captured on': '采集环境',
  'Docker {0}{1}': 'Docker {0}{1}',
  ', {0} image store': '，{0} 镜像存储',
  '{0} line {1}': '{0} 第 {1} 行',
  '{0}, and this is {1}': '{0}，而本机是 {1}',
  '{0}: this engine does not find the cache of {1}': '{0}：当前引擎找不到 {1} 的缓存',
  'Export on an engine of release {0} with the {1} image store.':
    '请在 {0} 版、使用 {1} 镜像存储的引擎上导出。',
  '{0} of {1} are missing or different: {2}': '{1} 个中有 {0} 个缺少或不同：{2}',
  'Provide the bundle: `bundle import BUNDLE` loads them again, and so does `bundle rebuild --bundle BUNDLE`.':
    '请提供离线包：`bundle import 离线包` 会重新加载它们，`bundle rebuild --bundle 离线包` 也会。',
  '{0}, so line {1} ({2}) would need a network': '{0}，因此第 {1} 行（{2}）需要联网',
  'Export again on the connected machine, or undo the change. If the step needs no network, use --allow-rerun.':
    '请在联网的机器上重新导出，或撤销该改动。如果该步骤不需要网络，可加 --allow-rerun。',
  '; modes restored for the build: {0}': '；构建时恢复的权限：{0}',
  'carried packages serve {0}, in {1}{2}': '携带的软件包可供 {0} 使用，位于 {1}{2}',
  'line {0} ({1})': '第 {0} 行（{1}）',
  'dependencies as at the export, in {0}{1}': '依赖与导出时一致，位于 {0}{1}',
  '{0}, kept for undoing': '{0}，为撤销而保留',
  'To remove the oldest: docker image rm {0}': '删除最旧的：docker image rm {0}',
  '{0} The names of the image could not be restored ({1}): see docker images; if {2} exists, docker tag {3} {4} restores it.':
    '{0} 未能恢复镜像的名称（{1}）：请看 docker images；如果 {2} 存在，用 docker tag {3} {4} 恢复。',
  'looking for the source in': '查找源代码，目录',
  'Name the folder of the project with --source, or change to it first.{0}':
    '请用 --source 指定项目目录，或先进入该目录。{0}',
  ' The bundle contains the source: `bundle source FOLDER` writes it.':
    '离线包中带有源代码：用 `bundle source 目录` 写出。',
  'checking the engine for rebuilds': '检查引擎能否重建',
  'Docker {0} or later': 'Docker {0} 或更高版本',
  '{0}, which does not reuse the cache of newer engines': '{0}，它不会复用较新引擎的缓存',
  'Update the engine on this host; everything but rebuilds works with this one.':
    '请升级本机的引擎；除重建外，其他功能都可使用当前引擎。',
  'naming the result': '为结果命名',
  'one service with --tag': '使用 --tag 时只有一个服务',
  'Rebuild them one at a time, or omit --tag.': '请逐个重建，或去掉 --tag。',
  'looking for the result of the build': '查找构建结果',
  'an image of that name': '该名称的镜像',
  'no such image': '没有该镜像',
  'See the engine’s log.': '请看引擎的日志。',
  'no image of that name': '没有该名称的镜像',
  'an image before it': '它之前的镜像',
  'undoing the last rebuild of': '撤销上一次重建',
  'Image names have changed since. `bundle up --reset` runs the images of the release.':
    '此后镜像名称有变化。`bundle up --reset` 使用版本自带的镜像运行。',
  'looking for rebuilt images of': '查找重建过的镜像',
  'a service that was rebuilt': '重建过的服务',
  'Only results of `bundle rebuild` can be undone.': '只有 `bundle rebuild` 的结果可以撤销。',
  'looking for the installed application in': '查找已安装的应用，目录',
  'one product': '一个产品',
  'reading the recipes of': '读取构建配方',
  '{0} in its bundle': '离线包中的 {0}',
  'a bundle that was packed without rebuilds': '打包时没有包含重建内容的离线包',
  'Export it again without --no-rebuild, on an engine that has built it.':
    '请在构建过它的引擎上重新导出，不要加 --no-rebuild。',
  'reading the installed release': '读取已安装的版本',
  'Import the bundle again: it makes its release current.':
    '请重新导入离线包：它会把其中的版本设为当前版本。',
  reading: '读取',
  'Update the bundle command on this host, or get the bundle again from its source.':
    '请升级本机的 bundle 命令，或从来源处重新获取离线包。',
  'looking for the build of': '查找构建，服务',
  'one of {0}': '{0} 之一',
  'a service whose build is not in the bundle': '其构建不在离线包中的服务',
  'no such service': '没有该服务',
  'Only services with a `build:` section that the export captured can be rebuilt.':
    '只有带 `build:` 且在导出时采集过的服务才能重建。',
  '{0}, stage {1}': '{0}，构建阶段 {1}',
  'writing the source to': '把源代码写到',
  'a complete tar archive, compressed with gzip': '完整的 tar 归档，以 gzip 压缩',
  'a path below the folder': '目录之内的路径',
  'one that leaves it': '目录之外的路径',
  'unpacking the source': '解包源代码',
  'This bundle was not made by `bundle export`: do not use it.':
    '该离线包不是由 `bundle export` 生成的：请不要使用。',
  'an absent or empty folder': '不存在的目录或空目录',
  'a file or a folder with contents': '文件，或非空的目录',
  'Name another folder; existing files are never touched.':
    '请指定其他目录；已有的文件绝不会被改动。',
  'looking for the source in the bundle of': '在离线包中查找源代码',
  'none: it was packed without --with-source': '没有：打包时没有加 --with-source',
  'Export it again with --with-source, or transfer the source another way.':
    '请加 --with-source 重新导出，或用其他方式传递源代码。',
  '{0} of {1} present': '{1} 个中有 {0} 个存在',
  'podman, which builds without BuildKit and cannot use the captured cache':
    'podman，它不用 BuildKit 构建，无法使用捕获的缓存',
  'Rebuild on a host with Docker, and bring the result here as a bundle; everything but rebuilds works with podman.':
    '请在有 Docker 的主机上重建，再把结果做成离线包带到这里；除重建外，其他功能都可用于 podman。',
  '{0}: {1}, for line {2} ({3})': '{0}：{1}，第 {2} 行需要（{3}）',
  'reading the dependencies in': '读取依赖',
  'Fix the file.': '请修正该文件。',
  'looking for the packages of the changed dependencies in the bundle':
    '在离线包中查找改动后的依赖所需的软件包',
  'packages that the bundle carries': '离线包携带的软件包',
  '{0} package {1} with one of its hashes': '{0} 软件包 {1}，哈希须为所列之一',
  '{0} package {1}': '{0} 软件包 {1}',
  '{0} package {1}, but {2}': '{0} 软件包 {1}（携带的是 {2}）',
  'SHELL with a JSON list of words, such as ["/bin/bash", "-c"]':
    'SHELL 后接 JSON 词表，例如 ["/bin/bash", "-c"]',
  'Fix the Dockerfile.': '请修正 Dockerfile。',
  'no carried package replaces {0} in it': '携带的软件包不能代替其中的 {0}',
  'no package of {0} is carried for it': '没有为它携带 {0} 的软件包',
  'reading the packages to carry from': '读取要携带的软件包，来自',
  'Fix `packages:` in the spec: the path of a list is relative to the spec.':
    '请修正 spec 中的 `packages:`：列表的路径相对于 spec。',
  'a lock file of npm 7 or later, with packages': 'npm 7 或更高版本的锁文件，其中有软件包',
  'Make it again with `npm install --package-lock-only`.':
    '请用 `npm install --package-lock-only` 重新生成。',
  'Use packages that are carried, or name these in `packages:` of the spec and export again.':
    '请使用已携带的软件包，或在 spec 的 `packages:` 中写明这些软件包并重新导出。',
};
