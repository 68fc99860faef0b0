import type { Catalogue } from '../translator.ts';

/** Texts of exports: their plans, warnings and errors. */
export const exporting: Catalogue = {
  '{0}… ({1} characters)': '{0}…（{1} 个字符）',
  'packing the application': '打包应用',
  'no secret, or its name in --allow-secret': '没有机密，或其名称在 --allow-secret 中',
  'Whoever has the bundle has these values. Put them into .env or a secret, which stay here. If one is no secret, or shall travel, allow it with --allow-secret NAME, or by its name in `allowSecrets:` of a spec.':
    '拿到离线包的人就拿到了这些值。请把它们放进 .env 或 secret，它们会留在本机。如果某个值不是机密，或者就是要随包携带，请用 --allow-secret 名称，或在 spec 的 `allowSecrets:` 中写上其名称来允许它。',
  'service {0}': '服务 {0}',
  'writing the kit': '写出工具包',
  'its config {0}': '其配置 {0}',
  'a valid image config': '有效的镜像配置',
  'as many diff IDs as layers': '与层数相同的 diff ID',
  'its config': '其配置',
  'its layer {0}': '其层 {0}',
  'reading images of the engine': '读取引擎的镜像',
  'an image without it': '缺少它的镜像',
  'The engine may have only a part of the image (another platform, or an interrupted pull): pull or build it again.':
    '引擎可能只有该镜像的一部分（其他平台，或拉取被中断）：请重新拉取或构建它。',
  'reading the layer': '读取层',
  'repository {0}': '仓库 {0}',
  'downloading layers': '下载层',
  'copying known layers': '复制已知的层',
  'reading the platforms of': '读取平台：',
  'one image': '同一个镜像',
  'It was pushed in the meantime. Wait until that is done, then run the command again.':
    '期间有人推送了它。请等推送完成后重新执行该命令。',
  'none on the engine, and pulling is off': '引擎上没有，而且已关闭拉取',
  'none on the engine': '引擎上没有',
  'exporting the image': '导出镜像',
  'no image of that name any more': '已经没有这个名称的镜像',
  'It was built, pulled or removed in the meantime. Wait until that is done, then run the command again.':
    '期间它被构建、拉取或删除了。请等操作完成后重新执行该命令。',
  'pulling images': '拉取镜像',
  'looking images up in their registries': '在镜像仓库中查找镜像',
  'A Dockerfile of the application names this image: pull or build it first. Only rebuilds need it: --no-rebuild leaves it out.':
    '应用的某个 Dockerfile 用到这个镜像：请先拉取或构建它。只有重建才需要它：--no-rebuild 会省略它。',
  'checking the image': '检查镜像',
  'Build it for that platform first, then export again.': '请先为该平台构建它，再重新导出。',
  'Use --pull always with --platform to get it for that platform.':
    '请同时使用 --pull always 和 --platform 来获取该平台的镜像。',
  '{0}, the platform of service {1} in the Compose file': '{0}，即 Compose 文件中服务 {1} 的平台',
  'Build it for that platform, or correct `platform:`: Compose would not start the service.':
    '请为该平台构建它，或改正 `platform:`：否则 Compose 不会启动该服务。',
  'Get it for that platform with --pull always or --platform, or correct `platform:`: Compose would not start the service.':
    '请用 --pull always 或 --platform 获取该平台的镜像，或改正 `platform:`：否则 Compose 不会启动该服务。',
  'the image on the engine{0}': '引擎上的镜像{0}',
  ', for {0}': '，平台为 {0}',
  'Build it first: add --build, or run `docker compose build`.':
    '请先构建它：加上 --build，或执行 `docker compose build`。',
  'Pull it (--pull missing), or fix its name in the Compose file.':
    '请拉取它（--pull missing），或改正 Compose 文件中的名称。',
  'reading the inventory': '读取清单',
  'comparing platforms with': '比较平台：',
  'Name the bundle or inventory of a host of this platform, or choose another --platform.':
    '请指定该平台主机的离线包或清单，或选择其他 --platform。',
  '{0}, the product to export': '{0}，即要导出的产品',
  'no product': '没有产品',
  'If the application had another name then, keep that with --name. A host that has never had this product needs a whole bundle: leave --since and --for out, unless a kit is installed there (`bundle kit`).':
    '如果应用当时是别的名称，请用 --name 沿用它。从未有过该产品的主机需要完整的离线包：请去掉 --since 和 --for，除非那里装有工具包（`bundle kit`）。',
  'a file written by `bundle inventory`': '由 `bundle inventory` 写出的文件',
  'Write it again on the offline host, then copy it again.': '请在离线主机上重新写出，再重新复制。',
  'reading a layer of the engine': '读取引擎的层',
  'The engine’s image store may be damaged: remove the image, pull or build it again, then export again.':
    '引擎的镜像存储可能已损坏：请删除该镜像，重新拉取或构建，然后重新导出。',
  'saving images': '保存镜像',
  'finishing the bundle': '完成离线包的写入',
  'old layers are not deleted': '没有删除旧的层',
  'no layers are kept': '没有保留层',
  'deleting from the cache': '从缓存中删除',
  'reading the cache': '读取缓存',
  'reading files': '读取文件',
  'at most {0} files in a bundle': '离线包中最多 {0} 个文件',
  'a bundle.json of at most {0} bytes, which lists every file':
    '列出所有文件的 bundle.json 最多 {0} 字节',
  '{0} files, which take {1} bytes there': '{0} 个文件，在其中占 {1} 字节',
  'packing the files of the application': '打包应用的文件',
  'Name fewer files, or put a folder of many files into one archive and name that.':
    '请减少文件，或把有很多文件的目录打成一个归档再指定它。',
  'comparing the sequence with that of the base': '与基础离线包比较序号',
  '{0} or more in channel {1}': '通道 {1} 中 {0} 或更大',
  'Give a higher --sequence, or leave it out. Hosts refuse a bundle that is older than the one they have.':
    '请给出更大的 --sequence，或去掉它。主机会拒绝比已有离线包更旧的离线包。',
  'writing into': '写入',
  'writing the bundle to': '写出离线包到',
  'a bundle': '离线包',
  'Choose another path; --force replaces only bundles.': '请选择其他路径；--force 只替换离线包。',
  'something that is neither a file nor a folder': '既不是文件也不是目录的东西',
  'a file that is not a bundle': '不是离线包的文件',
  '{0}, a part without its list': '{0}，没有列表的分卷',
  'a folder that is not a bundle': '不是离线包的目录',
  'a folder with {0}, which does not belong to the bundle in it':
    '目录中有 {0}，它不属于其中的离线包',
  'something that is not a bundle: {0}': '不是离线包的东西：{0}',
  'compressing, once for each version': '压缩，每个版本只做一次',
  '{0} was damaged, and is made again': '{0} 已损坏，正在重新生成',
  '{0} cannot be used, and is made again: {1}': '{0} 无法使用，正在重新生成：{1}',
  '{0} cannot be kept, so the next export compresses again: {1}':
    '{0} 无法保留，下次导出会再次压缩：{1}',
  'arrived compressed and was not read, since there is no layer cache':
    '以压缩形式到达，因为没有层缓存而没有读取',
  'no signatures of another bundle beside it': '旁边没有其他离线包的签名',
  'Remove that file, choose another path, or replace both with --force.':
    '请删除该文件、选择其他路径，或用 --force 替换两者。',
  '{0}: the cache of stage {1} has an unknown form, so only engines like this one may find it':
    '{0}：阶段 {1} 的缓存形式未知，可能只有与本机相同的引擎才能找到它',
  'Nothing was left half-written; run the command again.':
    '没有留下写了一半的文件；请重新执行该命令。',
  'only layers of the requested images': '只有所请求镜像的层',
  'a layer that no image uses': '没有镜像使用的层',
  'The engine may have the image for several platforms: choose one with --platform.':
    '引擎可能有多个平台的该镜像：请用 --platform 选择一个。',
  '{0}: the bundle {1} lies in the build context, so images built from it may contain the bundle: move it, or add it to .dockerignore':
    '{0}：离线包 {1} 在构建上下文中，由它构建的镜像可能会包含离线包：请移走它，或把它加入 .dockerignore',
  'checking the capture of': '检查采集结果：',
  'cache metadata for every step': '每个步骤的缓存元数据',
  'none for: {0}': '以下步骤没有：{0}',
  'Run `docker builder prune`, build again and export again; or pack without rebuilds: --no-rebuild.':
    '请执行 `docker builder prune`，重新构建并重新导出；或不带重建内容打包：--no-rebuild。',
  '{0} is still on the engine: {1}': '{0} 仍在引擎上：{1}',
  '{0}: stage {1}': '{0}：阶段 {1}',
  'capturing builds': '采集构建',
  'choosing the builds to pack for rebuilds': '选择为重建而打包的构建',
  'a service with `build:`': '带 `build:` 的服务',
  'some of {0}': '{0} 中的一部分',
  'Fix `rebuild:` in the spec: it takes services with a `build:` section, true or false.':
    '请改正 spec 中的 `rebuild:`：可填写带 `build:` 的服务、true 或 false。',
  'the step that made layer {0}': '产生层 {0} 的步骤',
  'rebuilds were turned off': '已关闭重建',
  '{0} cannot build': '{0} 不能构建',
  'the engine builds for {0}': '引擎为 {0} 构建',
  'docker has no buildx plugin here': '本机的 docker 没有 buildx 插件',
  'capturing the build of': '采集构建：',
  'Change that, or pack without rebuilds: --no-rebuild.':
    '请改变这一点，或不带重建内容打包：--no-rebuild。',
  '{0}: packages of stage {1}': '{0}：阶段 {1} 的软件包',
  'recording packages': '记录软件包',
  'reading the recorded packages of': '读取记录的软件包：',
  'packages with plain names': '名称普通的软件包',
  'Leave that package manager out of `packages:` in the spec.':
    '请从 spec 的 `packages:` 中去掉该包管理器。',
  'looking for the steps that fetch packages': '查找获取软件包的步骤',
  'a RUN that installs with {0} in a Dockerfile of the application':
    '应用的某个 Dockerfile 中用 {0} 安装的 RUN',
  'Remove {0} from `packages:` in the spec.': '请从 spec 的 `packages:` 中删除 {0}。',
  '{0}: runs again each time, though nothing changed': '{0}：即使没有改动，每次也会重新执行',
  '{0}: line {1} ({2})': '{0}：第 {1} 行（{2}）',
  '{0} fetches after the source was copied in, so every edit needs a network: move it before':
    '{0} 在复制源代码之后下载，因此每次修改都需要网络：请把它移到前面',
  '{0} fetches after the source was copied in, so every edit installs the carried packages again: move it before':
    '{0} 在复制源代码之后下载，因此每次修改都会重新安装随带的软件包：请把它移到前面',
  '{0} fetches with {1}, which no carried package replaces: {2}':
    '{0} 用 {1} 下载，随带的软件包无法替代：{2}',
  '{0} asks for {1}, which the export did not record: it cannot run again without a network':
    '{0} 需要 {1}，导出时未记录：没有网络就无法再次执行',
  'write a requirements file (`{0}`) and install it with pip':
    '请生成 requirements 文件（`{0}`），并用 pip 安装',
  'put it into a RUN of its own': '请把它放进单独的 RUN',
  'install yarn or pnpm with `npm install -g`, in a RUN of its own':
    '请在单独的 RUN 中用 `npm install -g` 安装 yarn 或 pnpm',
  'line {0} with {1}': '第 {0} 行用 {1}',
  'none, but {0}': '没有，但有：{0}',
  'Remove {0} from `packages:` in the spec, or {1}.':
    '请从 spec 的 `packages:` 中删除 {0}，或者{1}。',
  '{0}: the result of line {1} ({2}) is found only by engines of this Docker release; build with buildx 0.14 or later to make all engines find it':
    '{0}：只有这个 Docker 版本的引擎才能找到第 {1} 行（{2}）的结果；请用 buildx 0.14 或更高版本构建，使所有引擎都能找到',
  '{0} is packed with its values, because it is part of a build context: list it in .dockerignore to leave it out':
    '{0} 会连同其中的值一起打包，因为它在构建上下文中：要省略它，请列入 .dockerignore',
  'packing the source in': '打包源代码：',
  'it differs from {0} only in case or in the form of its letters': '它与 {0} 只有大小写或字形不同',
  'the bundle has a file of its own in that place': '离线包在该位置有自己的文件',
  'two files would be there': '那里会有两个文件',
  'free paths that every host and archive can hold': '任何主机和归档都能容纳的空闲路径',
  'Rename each of them, and change its name in the Compose file or the spec.':
    '请逐个改名，并在 Compose 文件或 spec 中修改名称。',
  'the whole project folder, where the image has nothing: name it with --include':
    '整个项目目录，而镜像在该处没有内容：请用 --include 指定它',
  'packing what {0} mounts,': '打包 {0} 挂载的内容',
  'a file or folder of the project': '项目中的文件或目录',
  'nothing there ({0} in the Compose file)': '那里什么都没有（Compose 文件中是 {0}）',
  'Make {0} first, or take the mount out: the application would not start without it. --profile packs only the profiles that you name.':
    '请先创建 {0}，或去掉该挂载：没有它应用无法启动。--profile 只打包您指定的 profile。',
  'reading --include, --exclude and the same of the spec':
    '读取 --include、--exclude 以及 spec 中的同类内容',
  'the source of a mount, in the project': '项目中某个挂载的来源',
  'outside {0}': '在 {0} 之外',
  'no service mounts it': '没有服务挂载它',
  'Check the path. `files:` in a spec packs what is not mounted; --project-root says what the project is.':
    '请检查路径。spec 中的 `files:` 可打包没有挂载的内容；--project-root 说明项目的范围。',
  'choosing the name of the image': '选择镜像名称',
  'one image of that name and tag': '该名称和标签只对应一个镜像',
  'Use one of them for all services, or give them different tags.':
    '请让所有服务使用其中一个，或给它们不同的标签。',
  'reading the image of': '读取镜像：',
  'an image reference such as registry/name:tag': '镜像引用，例如 registry/name:tag',
  'Fix it in the Compose file or the spec.': '请在 Compose 文件或 spec 中改正。',
  'the merged Compose files': '合并后的 Compose 文件',
  'a mount with a variable in it that the merged file cannot keep ({0}:{1}): write it in the long form (type, source, target), relative to the first Compose file':
    '带变量的挂载，合并后的文件无法保留（{0}:{1}）：请用长格式（type、source、target）书写，并以第一个 Compose 文件为基准',
  'it hides what the image has there, and is compared with that':
    '它会遮住镜像中该处的内容，并与其比较',
  'the whole project folder: {0}': '整个项目目录：{0}',
  'source code that an image is built from: {0}': '构建镜像所用的源代码：{0}',
  'data: {0} bytes, more than the {1} of configuration': '数据：{0} 字节，超过配置的上限 {1}',
  'data: more than {0} files': '数据：超过 {0} 个文件',
  'data: writable, with {0} in it': '数据：可写，其中有 {0}',
  'source code, and {0} differs or is missing in the image: build it again (--build), or pack the source with --include':
    '源代码，而且 {0} 与镜像中的不同或镜像中没有：请重新构建（--build），或用 --include 打包源代码',
  'is packed under the composed form (NFC) of its name, which containers will see':
    '以其名称的组合形式（NFC）打包，容器看到的就是该名称',
  'cannot be copied to FAT, exFAT or NTFS ({0}): choose the single-file form':
    '无法复制到 FAT、exFAT 或 NTFS（{0}）：请选择单文件形式',
  ' (and {0} more)': '（另有 {0} 个）',
  'a Compose file with services': '带有服务的 Compose 文件',
  'Name the Compose file of the application.': '请指定应用的 Compose 文件。',
  '{0}, which {1} is built from': '{0}，即构建 {1} 所用的目录',
  'Choose a path outside of it, or leave it out of builds: add the line {0} to {1}.':
    '请选择它之外的路径，或把它排除在构建之外：在 {1} 中加入 {0} 这一行。',
  'what is packed: {0}': '要打包的内容：{0}',
  'Choose a path outside of it.': '请选择它之外的路径。',
  'a path that is not part of the application': '不属于应用的路径',
  'a path inside {0}: the next export would pack this bundle too':
    '{0} 里面的路径：下次导出会把这个离线包也打包进去',
  'reading --project-root': '读取 --project-root',
  'a folder that contains {0}': '包含 {0} 的目录',
  'a different folder': '其他目录',
  'Name the folder of the repository, or leave the option out.': '请指定仓库的目录，或去掉该选项。',
  'the value of build argument {0} of {1} goes into the bundle: rebuilds need it, and images keep it in their history':
    '{1} 的构建参数 {0} 的值会进入离线包：重建需要它，镜像也会在历史中保留它',
  'its context is not a folder: check it out, and name the folder':
    '其上下文不是目录：请检出它，并指定该目录',
  'its additional context {0} is {1}: only folders and docker-image:// can be carried':
    '其附加上下文 {0} 是 {1}：只能携带目录和 docker-image://',
  'it builds with privileges, which BuildKit in the engine does not give':
    '它需要特权构建，而引擎中的 BuildKit 不提供',
  'it builds for several platforms at once': '它同时为多个平台构建',
  'service {0} reads {1}, outside the project': '服务 {0} 读取项目之外的 {1}',
  'the variables of your Compose file': '您的 Compose 文件中的变量',
  '{0}, with what it lacks': '{0}，并补上缺少的内容',
  'packing the env file': '打包 env 文件',
  'a file in {0}': '{0} 中的文件',
  'a file outside it': '它之外的文件',
  'Check the path; move the file into the project folder if it lies outside.':
    '请检查路径；如果文件在外面，请把它移入项目目录。',
  'Fix `label_file:` in the Compose file.': '请改正 Compose 文件中的 `label_file:`。',
  'Fix `security_opt:` in the Compose file.': '请改正 Compose 文件中的 `security_opt:`。',
  'Correct {0}.': '请改正 {0}。',
  'Fix `files:` in the spec; paths are relative to the folder of the Compose file.':
    '请改正 spec 中的 `files:`；路径以 Compose 文件所在目录为基准。',
  'the spec': 'spec',
  'packing the files named by {0},': '打包 {0} 指定的文件',
  'it lies outside {0}': '它在 {0} 之外',
  ', without the {0} listed': '，不含所列的 {0} 个',
  'services: no service, or none in the profiles': 'services：没有服务，或这些 profile 中没有服务',
  'naming the application of': '确定应用的名称：',
  'a Compose project name: a-z, 0-9, _ and -, at most 63':
    'Compose 项目名称：a-z、0-9、_ 和 -，最多 63 个字符',
  'Name it with --name, or with `name:` in the Compose file.':
    '请用 --name，或在 Compose 文件中用 `name:` 指定名称。',
  'what is mounted at {0}': '挂载在 {0} 的内容',
  ', not beside {0}': '，不在 {0} 旁边',
  'a symbolic link to {0}, which is not there': '指向 {0} 的符号链接，而它不存在',
  'a symbolic link out of the project{0}': '指向项目之外的符号链接{0}',
  'line {0}: {1}{2}': '第 {0} 行：{1}{2}',
  'reading the bundle spec': '读取离线包 spec',
  'a bundle spec of schema version 1': 'schema 版本 1 的离线包 spec',
  'Fix each of them; `bundle validate` lists them too, and manifests/ has examples.':
    '请逐个改正；`bundle validate` 也会列出它们，manifests/ 中有示例。',
  'a Compose file or a bundle spec': 'Compose 文件或离线包 spec',
  'service {0} {1}': '服务 {0} {1}',
  'service {0} gets the engine’s socket: it can do anything there':
    '服务 {0} 可以使用引擎的 socket：它能在引擎上做任何事',
  '${{0}} has no default and is not set: it becomes empty':
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is in the source.
    '${{0}} 没有默认值，也没有设置：它会是空的',
};
