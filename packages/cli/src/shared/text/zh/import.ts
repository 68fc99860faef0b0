import type { Catalogue } from '../translator.ts';

/** Checks of a host, and errors of an import. */
export const importing: Catalogue = {
  '{0}, of sequence {1}': '{0}，序号 {1}',
  'comparing with the bundles imported on this host': '与本机已导入的离线包比较',
  'sequence {0} of channel {1}, or a later one': '通道 {1} 中序号为 {0} 或更新的离线包',
  older: '较旧',
  '{0}, which another bundle has replaced since': '{0}，此后已被另一个离线包取代',
  'It is on this host already: `bundle up {0} --name {1}` starts it.':
    '它已在本机上：用 `bundle up {0} --name {1}` 启动。',
  'If this is on purpose, import it with --allow-older.':
    '如果确实要这样做，请加 --allow-older 导入。',
  'If it is the newest, export it again with --sequence {0}: nobody chose its sequence. ':
    '如果它就是最新的，请用 --sequence {0} 重新导出：它的序号不是人工指定的。 ',
  'Get the newest bundle. {0}{1}': '请取得最新的离线包。{0}{1}',
  'importing into': '导入到',
  'the application {0}': '应用 {0}',
  'Give it another name with --name.': '请用 --name 另取一个名称。',
  '{0} follows': '{0} 跟随的通道',
  '--channel names': '--channel 指定的通道',
  'comparing the channel of': '比较通道',
  'channel {0}, which {1}': '通道 {0}，即 {1}',
  'channel {0}': '通道 {0}',
  'If {0} is to follow it from now on: --channel {1}. For a second instance: --name.':
    '如果 {0} 今后要跟随该通道：--channel {1}。如果要建立第二个实例：--name。',
  'already imported': '已导入',
  'checking the platform of': '检查平台',
  '{0}, the platform of {1}': '{0}，即 {1} 的平台',
  'a bundle for {0}': '用于 {0} 的离线包',
  'Export it for this platform with --platform, or import it on a host of that platform.':
    '请用 --platform 为该平台导出，或导入到相应平台的主机。',
  'an image index or an image manifest': '镜像索引或镜像清单',
  'reading the image layout of': '读取镜像目录',
  'a valid {0}': '有效的 {0}',
  'The bundle was not made by `bundle export`: get it again from its source.':
    '该离线包不是由 `bundle export` 生成的：请从来源处重新获取。',
  'loading layer': '加载层',
  'an engine that reads zstd layers (Docker 23 or later)':
    '能读取 zstd 层的引擎（Docker 23 或更高版本）',
  'an older one': '更旧的版本',
  'Update the engine on this host.': '请升级本机的引擎。',
  'comparing the bundle with the installed release': '把离线包与已安装的版本比较',
  '{0} {1}, with different content': '{0} {1}，内容不同',
  'Use the bundle that was imported, or import this one first.':
    '请使用当时导入的离线包，或先导入这一个。',
  'loading images': '加载镜像',
  'checking what was loaded as': '检查加载结果',
  'no such image on the engine': '引擎中没有该镜像',
  'The release was not switched. Check the engine’s log and its free space, then import again.':
    '没有切换版本。请检查引擎的日志和可用空间，然后重新导入。',
  'reading one medium after the other of': '依次读取各个介质',
  'all parts at once, for a bundle with deltas of layers': '一次提供全部分卷（离线包含有层的差异）',
  'all parts at once, for an incremental bundle and the containerd store before Docker 28':
    '一次提供全部分卷（Docker 28 之前的 containerd 存储导入增量包时）',
  'missing parts': '缺少分卷',
  'Copy the parts into one folder, or name the folders of all media with --parts.':
    '请把分卷复制到同一个目录，或用 --parts 指定所有介质的目录。',
  'verifying and loading images': '校验并加载镜像',
  'reading the bundle': '读取离线包',
  'the blobs that bundle.json lists, each once': 'bundle.json 列出的数据块，每个一次',
  'Nothing was loaded. Copy the bundle again from its source.':
    '没有加载任何内容。请从来源处重新复制离线包。',
  'complete {0}': '完整的 {0}',
  ' and {0} more': ' 等另外 {0} 个',
  'looking on the engine for the layers left out of': '在引擎中查找离线包省略的层',
  'the layers listed in the inventory': '清单中列出的层',
  'the layers of {0} {1} ({2})': '{0} {1}（{2}）的层',
  'no layer {0}{1}': '没有层 {0}{1}',
  'No image was changed. Write a new inventory here and export for it, or bring a whole bundle.':
    '没有改动任何镜像。请在本机重新生成清单并据此导出，或使用完整的离线包。',
  'the same bytes as in the base': '与基础离线包中相同的字节',
  'the same layers, compressed in another way': '相同的层，但压缩方式不同',
  'No image was changed. Bring a whole bundle: export it without --since and --for.':
    '没有改动任何镜像。请带来完整的离线包：导出时不带 --since 和 --for。',
  'No image was changed. Import {0} {1} first, or bring a whole bundle.':
    '没有改动任何镜像。请先导入 {0} {1}，或使用完整的离线包。',
  'Before Docker 28, the containerd image store takes an incremental bundle only on the engine’s own host: import it there, bring a whole bundle, or update the engine.':
    '在 Docker 28 之前，containerd 镜像存储只能在引擎所在的主机上导入增量包：请在该主机上导入、使用完整的离线包，或升级引擎。',
  'letting the engine pull new layers from': '让引擎拉取新的层',
  'an engine on this host': '本机上的引擎',
  'no request from it': '没有收到它的请求',
  'already there': '已存在',
  '{0} is new here': '{0} 在本机是新的应用',
  '{0} {1} is here': '本机已有 {0} {1}',
  '{0} {1} is here and seems to be a different application, with {2}; this one has {3}':
    '本机已有 {0} {1}，看起来是另一个应用：它有{2}，而这个有{3}',
  'Import this one beside it under another name, with --name. If it does replace the other one: --ignore application.':
    '请用 --name 另取名称，与原有应用并存。如果确实要取代原有应用：--ignore application。',
  'the service': '服务',
  'the services': '服务',
  'Choose another folder with --state-dir, or free some space there.':
    '请用 --state-dir 选择其他目录，或释放一些空间。',
  'the bundle is for {0}, the engine runs {1}': '离线包适用于 {0}，引擎的平台是 {1}',
  'Export the application with --platform {0}, or import it on a host of {1}.':
    '请用 --platform {0} 导出应用，或导入到 {1} 的主机。',
  '{0}, {1} image store': '{0}，{1} 镜像存储',
  '{0}, on another machine': '{0}，位于另一台机器',
  'Docker 23 or later reads compressed layers; layers are decompressed for this one, which takes more time and disk space.':
    'Docker 23 或更高版本可以直接读取压缩的层；对于当前引擎需要先解压，耗时和磁盘占用更多。',
  'Update the engine, or import only bundles of people you trust (`bundle trust`).':
    '请升级引擎，或只导入可信来源的离线包（`bundle trust`）。',
  'not needed: nothing runs in an image layout': '不需要：镜像目录中不运行任何程序',
  '{0} here; the one in the bundle is used': '本机是 {0}；使用离线包自带的插件',
  'docker has no compose plugin here, so the application cannot be started':
    'docker 没有 Compose 插件，因此无法启动应用',
  'Install docker-compose-plugin (Docker) or docker-compose (Debian). Without packages: copy that one file, /usr/libexec/docker/cli-plugins/docker-compose, from a machine of the same architecture into ~/.docker/cli-plugins. Loading works without it.':
    '请安装 docker-compose-plugin（Docker）或 docker-compose（Debian）。没有软件包时：从相同架构的机器复制 /usr/libexec/docker/cli-plugins/docker-compose 这一个文件到 ~/.docker/cli-plugins。加载镜像不需要它。',
  'compose.offline.yml needs version {0} or later: install it, or copy its one file into ~/.docker/cli-plugins.':
    'compose.offline.yml 需要 {0} 或更高版本：请安装，或把该插件文件复制到 ~/.docker/cli-plugins。',
  'Check on that machine that there is room for the images.':
    '请在那台机器上确认有足够的空间存放镜像。',
  'the engine is on another machine, or its folder cannot be seen':
    '引擎位于另一台机器，或无法访问其目录',
  'See `docker system df`: `docker image prune` and `docker builder prune` free unused space.':
    '请看 `docker system df`：`docker image prune` 和 `docker builder prune` 可释放未使用的空间。',
  '{0} free in {1}': '{1} 可用 {0}',
  'nothing more needed, {0}': '不再需要更多空间，{0}',
  '{0} needed, {1}': '需要 {0}，{1}',
  '{0}, but room for only {1} of about {2} files (inodes)':
    '{0}，但只够存放约 {2} 个文件中的 {1} 个（inode 不足）',
  '{0} `df -i` shows the inodes in use.': '{0} 用 `df -i` 查看 inode 使用情况。',
  '{0}: {1} bytes short': '{0}：缺 {1} 字节',
  'the {0} {1}, which the application expects, is not there': '应用所需的{0} {1} 不存在',
  'the {0} {1} already exists, {2}': '{0} {1} 已存在，{2}',
  'a project {0} already runs, started from {1}': '项目 {0} 已在运行，启动自 {1}',
  'Rename or remove whatever has the name, or create what is missing (docker network create NAME, docker volume create NAME).':
    '请重命名或删除占用该名称的对象，或创建缺少的对象（docker network create 名称，docker volume create 名称）。',
  'no other container, network or volume has one of its names':
    '没有其他容器、网络或数据卷使用这些名称',
  '{0} wants {1} processors, there are {2}': '{0} 需要 {1} 个处理器，本机有 {2} 个',
  'no service has a memory limit to compare': '没有服务设置内存上限',
  'limits of {0} in total, {1} of memory': '内存上限合计 {0}，本机内存 {1}',
  'If services use up their limits, some will be killed: lower the limits, or give the host more memory.':
    '如果服务用满上限，有的会被终止：请调低上限，或为主机增加内存。',
  'all required settings have a value': '必填的配置都有值',
  'no value for {0}': '{0} 没有值',
  '{0} has an invalid value': '{0} 的值无效',
  '`bundle import --up` and `bundle up` ask for them on a terminal.':
    '`bundle import --up` 和 `bundle up` 会在终端上询问。',
  '{0} Otherwise set them: {1}': '{0} 也可以直接设置：{1}',
  'the engine is on another machine': '引擎位于另一台机器',
  'SELinux keeps containers from mounts that have neither z nor Z in the Compose file: {0}':
    'SELinux 不允许容器访问 Compose 文件中既没有 z 也没有 Z 的挂载：{0}',
  'Add `:z` to them in the Compose file, and export again; other hosts ignore it. Without that, label them after the import: `chcon -R -t container_file_t PATH`.':
    '请在 Compose 文件中为它们加上 `:z`，再重新导出；其他主机会忽略它。否则请在导入后设置标签：`chcon -R -t container_file_t 路径`。',
  'all mounts exist or are in the bundle': '挂载的文件和目录都已存在，或在离线包中',
  'asking for the free space of': '查询可用空间',
  'no GPU, device, runtime or driver is needed': '不需要 GPU、设备、运行时或驱动',
  'all are available': '全部可用',
  '{0} sets {1}, which this kernel does not have': '{0} 设置了 {1}，而当前内核没有该项',
  'Use a kernel that has it.': '请使用有该项的内核。',
  '{0} wants the AppArmor profile {1}, which is not loaded':
    '{0} 需要 AppArmor 配置 {1}，但它没有加载',
  'Load it: apparmor_parser -r FILE.': '加载它：apparmor_parser -r 文件。',
  '{0} wants the runtime {1}': '{0} 需要运行时 {1}',
  '{0} wants the logging driver {1}': '{0} 需要日志驱动 {1}',
  'the network {0} wants the driver {1}': '网络 {0} 需要驱动 {1}',
  'the volume {0} wants the driver {1}': '数据卷 {0} 需要驱动 {1}',
  'Install the driver of the GPU and the NVIDIA Container Toolkit, then restart Docker; or choose a profile or a Compose file without a GPU.':
    '请安装 GPU 驱动和 NVIDIA Container Toolkit，然后重启 Docker；或选择不使用 GPU 的 profile 或 Compose 文件。',
  '{0} wants a GPU{1}': '{0} 需要 GPU{1}',
  '{0}; the engine is on another machine': '{0}；引擎位于另一台机器',
  '{0}, and the engine has none': '{0}，而引擎没有',
  '{0} uses the device {1}': '{0} 使用设备 {1}',
  'Connect the device, or load its driver.': '请连接该设备，或加载其驱动。',
  '{0}, which the engine does not know': '{0}，引擎不支持',
  '{0} of the engine’s machine': '引擎所在机器的 {0}',
  '{0}, which is not there': '{0}，但它不存在',
  'Install and configure what is missing, or choose another one in the Compose file.':
    '请安装并配置缺少的组件，或在 Compose 文件中改用其他组件。',
  '{0}; the engine has {1}': '{0}；引擎有 {1}',
  'one digest can stand for two images': '同一个摘要可能对应两个镜像',
  'an image can take all memory while it is loaded': '镜像在加载时可能占满内存',
  'an image can reach the files of the host': '镜像可能访问主机的文件',
  '{0} {1} has {2}: {3}': '{0} {1} 存在 {2}：{3}',
  'no file of a secret, config or seccomp profile is missing':
    'secret、config 和 seccomp 配置文件都不缺',
  '{0}, {1} of {2}, is not there': '{1}（{2}）的文件 {0} 不存在',
  'The bundle does not contain them. Import it without --up, put the files there, then run `bundle up`.':
    '离线包中不含这些文件。请先不加 --up 导入，放好文件，再执行 `bundle up`。',
  'sequence {0} of channel {1}': '通道 {1} 中的序号 {0}',
  'a bundle with sequence {0} was imported here before': '本机此前导入过序号为 {0} 的离线包',
  'another bundle with that sequence was imported here since':
    '本机此后又导入过该序号的另一个离线包',
  '{0}, which follows from the times of its images; {1}': '{0}，由镜像的时间得出；{1}',
  'Check that this is the release you want. `bundle export --sequence NUMBER` makes the order certain.':
    '请确认这就是需要的版本。导出时用 `bundle export --sequence 序号` 可使顺序明确。',
  '; not known yet: {0}': '；尚不确定：{0}',
  'Stop what uses the port, or publish another one (set in the Compose file or by a setting in env.example).':
    '请停掉占用端口的程序，或改用其他端口（在 Compose 文件中，或通过 env.example 中的配置）。',
  'no port is published{0}': '没有对外发布端口{0}',
  'Only containers were checked: check on the engine’s machine what else listens.':
    '只检查了容器：请在引擎所在的机器上检查其他占用端口的程序。',
  '{0}: not used by any container{1}': '{0}：没有被任何容器占用{1}',
  '{0} free{1}': '{0} 空闲{1}',
  'checking this host for': '检查本机是否满足',
  'nothing in the way': '没有障碍',
  '{0} To go on anyway: {1}.': '{0} 如果仍要继续：{1}。',
  '{0} and {1} both want the {2}': '{0} 和 {1} 都需要{2}',
  'If they have different profiles, choose one of these: --set COMPOSE_PROFILES=NAME.':
    '如果它们属于不同的 profile，请选择其中之一：--set COMPOSE_PROFILES=名称。',
  'all services start': '所有服务都会启动',
  'all services start, except with a scale of 0: {0}': '除了数量为 0 的 {0}，所有服务都会启动',
  '{0} start; only with a profile: {1}': '会启动 {0}；需要 profile 才启动：{1}',
  'To choose: `bundle up --set COMPOSE_PROFILES=NAMES`, with commas between names.':
    '选择方法：`bundle up --set COMPOSE_PROFILES=名称`，多个名称以逗号分隔。',
  'making layers in': '生成层',
  'making layers': '生成层',
  'layer {0}': '层 {0}',
  'more than the {0} bytes of the layer': '超过该层的 {0} 字节',
  'No image was changed. Bring a bundle with whole layers: export it again with --no-delta.':
    '没有改动任何镜像。请使用含有完整层的离线包：用 --no-delta 重新导出。',
  'reading an old layer of the engine for': '读取引擎中的旧层',
  'the layer {0}': '层 {0}',
  'no layer with these bytes': '没有内容相符的层',
  'making a layer of': '生成层',
  'compressing a layer of': '压缩层',
  'the blob {0}': '数据块 {0}',
  '{0}, made by zstd {1}': '{0}，由 zstd {1} 生成',
  'of an unknown version': '版本未知',
  '{0} Or import with the release of this command that made the bundle.':
    '{0} 也可以用制作该离线包的那一版命令导入。',
  'the network {0}': '网络 {0}',
  'writing images': '写出镜像',
  'Name an image or a service of the bundle.': '请指定离线包中的镜像或服务。',
  'uncompressing the layers of': '解压层',
  'layers that `bundle export` has compressed itself': '由 `bundle export` 自己压缩的层',
  'a layer as its registry sent it': '镜像仓库原样发送的层',
  'Use --format oci, or convert its archive with `skopeo copy`.':
    '请用 --format oci，或用 `skopeo copy` 转换其归档。',
  'writing the images of': '写出镜像',
  'a complete bundle': '完整的离线包',
  'an incremental one, without layers of {0}': '增量包，不含 {0} 的层',
  'Use a complete bundle, or import this one and save its images with `docker save`.':
    '请使用完整的离线包，或导入这一个并用 `docker save` 保存其镜像。',
  'If it belongs to the same application, it is used; otherwise rename it first.':
    '如果它属于同一个应用，就继续使用；否则请先重命名。',
  '{0} may open {1} files, and this kernel allows {2}':
    '{0} 最多可打开 {1} 个文件，而当前内核允许 {2} 个',
  'Raise its limit: sysctl -w fs.nr_open={0}.': '请提高上限：sysctl -w fs.nr_open={0}。',
  'the network {0} has IPv6, which is off on this host': '网络 {0} 使用 IPv6，而本机已关闭',
  'Turn it on (the kernel was started with ipv6.disable=1), or remove enable_ipv6 from the Compose file.':
    '请开启（内核以 ipv6.disable=1 启动），或从 Compose 文件中去掉 enable_ipv6。',
  'a health check with start_interval': '带 start_interval 的健康检查',
  'a mac_address in a network': '网络中的 mac_address',
  'a volume with a subpath': '带 subpath 的数据卷',
  'a mount of an image': '镜像挂载',
  'a network with gw_priority': '带 gw_priority 的网络',
  'a network with interface_name': '带 interface_name 的网络',
  '{0} has {1}, which Docker {2} does not know': '{0} 使用{1}，Docker {2} 不支持',
  'Update Docker to {0} or later, or remove {1} from the Compose file.':
    '请把 Docker 升级到 {0} 或更高版本，或从 Compose 文件中去掉{1}。',
  '{0}, and the engine is not in a swarm': '{0}，而引擎不在 swarm 中',
  'Make one: docker swarm init; or choose the driver bridge in the Compose file.':
    '请建立一个：docker swarm init；或在 Compose 文件中改用 bridge 驱动。',
  'the network {0} uses the interface {1}': '网络 {0} 使用网卡 {1}',
  'See `ip link` for those of the host: name one of them with the setting that the Compose file has for it, or there, and export it again.':
    '用 `ip link` 查看本机的网卡：请用 Compose 文件提供的配置指定其中一个，或在 Compose 文件中指定并重新导出。',
  '{0} needs the kernel module {1}': '{0} 需要内核模块 {1}',
  'Check with `modprobe {0}`; it may be in another package of the kernel (linux-modules-extra, kernel-modules-extra).':
    '请用 `modprobe {0}` 检查；它可能在另一个内核软件包中（linux-modules-extra、kernel-modules-extra）。',
  'this kernel does not tell whether it has it': '无法得知当前内核是否有该模块',
  '{0}, which this kernel does not have': '{0}，而当前内核没有',
  'The engine refuses to start such a container: lower': '引擎会拒绝启动这样的容器：请调低',
  '{0} limits its processors, which this engine cannot': '{0} 限制处理器，而当前引擎做不到',
  '{0} Or remove `cpus` from the Compose file: the engine refuses it.':
    '{0} 或从 Compose 文件中去掉 `cpus`：引擎会拒绝它。',
  '{0} `cpus` in the Compose file.': '{0} Compose 文件中的 `cpus`。',
  '{0} wants the processors {1}, there are 0 to {2}': '{0} 需要处理器 {1}，而本机只有 0 到 {2}',
  '{0} `cpuset` in the Compose file.': '{0} Compose 文件中的 `cpuset`。',
  'its memory is not limited': '内存不受限制',
  'its swap is not limited': '交换空间不受限制',
  'mem_swappiness has no effect': 'mem_swappiness 不起作用',
  'it can be killed when memory runs out': '内存用尽时它可能被终止',
  'its processors are not limited': '处理器不受限制',
  'its share of processors has no effect': '处理器份额不起作用',
  'it runs on all processors': '它会在所有处理器上运行',
  'its processes are not limited': '进程数不受限制',
  'the engine ignores {0} of {1}: {2}': '引擎会忽略 {1} 的 {0}：{2}',
  'Version 2 of control groups has no such setting: remove it from the Compose file.':
    '控制组版本 2 没有这一项：请从 Compose 文件中去掉。',
  'If it matters: start the kernel with swapaccount=1.': '如果需要：以 swapaccount=1 启动内核。',
  'If it matters: start the kernel with cgroup_enable=memory, or delegate that controller to a rootless engine.':
    '如果需要：以 cgroup_enable=memory 启动内核，或把该控制器委派给 rootless 引擎。',
  'If it matters: mount the control groups on the host, or delegate their controllers to a rootless engine.':
    '如果需要：在主机上挂载控制组，或把其控制器委派给 rootless 引擎。',
  'the engine is on another machine, and nothing of either machine is mounted':
    '引擎位于另一台机器，且没有挂载任何一台机器的内容',
  'the engine is on another machine, where this could not be checked: {0}':
    '引擎位于另一台机器，无法检查以下内容：{0}',
  'Check that they are there: the engine would make empty folders of what is missing.':
    '请确认它们存在：引擎会为缺少的内容建立空目录。',
  'Choose another subnet: with the setting that the Compose file has for it, or there, and export it again.':
    '请选择其他子网：用 Compose 文件提供的配置，或在 Compose 文件中修改并重新导出。',
  'no network has a fixed subnet': '没有网络使用固定的子网',
  'the network {0} takes {1}': '网络 {0} 占用 {1}',
  'the network {0} has {1}': '网络 {0} 使用 {1}',
  '{0}, and {1}': '{0}，而 {1}',
  '{0} Or remove the other: docker network rm.': '{0} 或删除另一个：docker network rm。',
  '{0}, and this host reaches {1} through {2}: it could lose that connection':
    '{0}，而本机通过 {2} 访问 {1}：可能失去该连接',
  '{0} free': '{0} 空闲',
  '{0} wants the capability {1}, which no process of this host can have':
    '{0} 需要权能 {1}，而本机的任何进程都不能拥有',
  'Update its kernel; or, if the host is a container itself, allow it there.':
    '请升级内核；如果主机本身是容器，请在那里允许。',
  'runs privileged, and gets only the rights of the user who runs this rootless engine':
    '以特权模式运行，但只能得到运行该 rootless 引擎的用户的权限',
  'If it needs more, use an engine that runs as root.':
    '如果需要更多权限，请使用以 root 运行的引擎。',
  'shares the network of a rootless engine, and its ports are not reached from outside':
    '共享 rootless 引擎的网络，其端口无法从外部访问',
  'Publish its ports, or use an engine that runs as root.':
    '请发布其端口，或使用以 root 运行的引擎。',
  'sees only the processes of this rootless engine': '只能看到该 rootless 引擎的进程',
  'If it has to see all, use an engine that runs as root.':
    '如果需要看到全部，请使用以 root 运行的引擎。',
  'sets ulimits, which a rootless engine can only lower':
    '设置了 ulimits，而 rootless 引擎只能调低',
  'Raise those of its user (LimitNOFILE and others in its systemd unit), or use an engine that runs as root.':
    '请提高其用户的上限（systemd unit 中的 LimitNOFILE 等），或使用以 root 运行的引擎。',
  '{0} has {1}, which an engine with userns-remap refuses':
    '{0} 设置了 {1}，使用 userns-remap 的引擎会拒绝',
  'Add userns_mode: host to this service, or turn userns-remap off.':
    '请为该服务加上 userns_mode: host，或关闭 userns-remap。',
  '{0} publishes port {1}, and this rootless engine can listen from {2} on':
    '{0} 发布端口 {1}，而该 rootless 引擎只能监听从 {2} 起的端口',
  'Allow it: sysctl -w net.ipv4.ip_unprivileged_port_start={0}; or publish a higher port.':
    '请允许它：sysctl -w net.ipv4.ip_unprivileged_port_start={0}；或发布更高的端口。',
  'Allow it: sysctl -w net.ipv4.ip_unprivileged_port_start={0}, or setcap cap_net_bind_service=ep on rootlesskit; or publish a higher port.':
    '请允许它：sysctl -w net.ipv4.ip_unprivileged_port_start={0}，或对 rootlesskit 执行 setcap cap_net_bind_service=ep；或发布更高的端口。',
  'podman loads only complete images: export the application again without --since and --for.':
    'podman 只加载完整的镜像：请重新导出应用，不加 --since 和 --for。',
  '{0}, which takes no IPv6 address in a name, as in {1}':
    '{0}，不支持名称中的 IPv6 地址，例如 {1}',
  'Docker takes one from version 25 on, and podman none. Otherwise give the registry a name in the Compose file instead of its address, and export the application again.':
    'Docker 从版本 25 起支持，podman 不支持。否则请在 Compose 文件中用名称代替镜像仓库的地址，然后重新导出应用。',
  '{0}and {1} more': '{0}等另外 {1} 个',
};
