import type { Catalogue } from '../translator.ts';

/** Causes and remedies of `bundle explain`. */
export const explanations: Catalogue = {
  'Another bundle took the place of the one that was being signed.':
    '另一个离线包取代了正在签名的离线包。',
  'A situation that the program does not foresee.': '程序没有预见到的情况。',
  'Run the command again with --verbose, and report what it prints.':
    '请加 --verbose 重新执行命令，并报告它显示的内容。',
  'State and bundles are safe: changes are recorded before they begin, and the next run finishes or undoes them.':
    '状态和离线包是安全的：改动在开始之前就已记录，下一次操作会完成或撤销它们。',
  'A misspelled command or option, or a missing value.': '命令或选项拼写错误，或缺少值。',
  'An environment variable or a line of the configuration file with a value that is not allowed.':
    '环境变量或配置文件中的某一行的值不允许。',
  'Read the expected form in the message, or run `bundle help COMMAND`.':
    '请看消息中“应为”的形式，或执行 `bundle help COMMAND`。',
  '`bundle config` shows where each value comes from.': '`bundle config` 显示每个值的来源。',
  'The command was started in another folder.': '命令在其他目录中执行。',
  'The file has an unusual name.': '文件的名称不常见。',
  'Change into the project folder, or name the file: `bundle export PATH/compose.yml`.':
    '请进入项目目录，或指定文件：`bundle export PATH/compose.yml`。',
  'A mistake in the Compose file, or in a file that it includes or extends.':
    'Compose 文件或它包含、继承的文件有错误。',
  'A variable without a value.': '变量没有值。',
  'Run `docker compose config`: it names the line.':
    '请执行 `docker compose config`：它会指出是哪一行。',
  'Two Compose files, two tars for one image, or a checksum list in an unknown form.':
    '有两个 Compose 文件、同一镜像有两个 tar，或校验和列表的格式未知。',
  'Name the right one with --file or --image, or leave the list out with --no-checksums.':
    '请用 --file 或 --image 指定正确的一个，或用 --no-checksums 不使用该列表。',
  'A bad copy, or a file that was changed after the list was written.':
    '复制有误，或文件在写出列表之后被改动。',
  'Copy the file again from its source, then run the command again.':
    '请从来源处重新复制该文件，然后重新执行命令。',
  'A misspelled field, or a value of the wrong type.': '字段拼写错误，或值的类型不对。',
  'A Compose file in place of a spec.': '把 Compose 文件当作了 spec。',
  'Run `bundle validate FILE`: it lists all findings with their lines.':
    '请执行 `bundle validate FILE`：它会列出所有问题及其行号。',
  '`bundle init` writes a valid spec from a Compose file.':
    '`bundle init` 根据 Compose 文件写出有效的 spec。',
  'A mounted file outside of the project, a socket or a device.':
    '挂载了项目之外的文件、套接字或设备。',
  'A link that leads out of the project.': '链接指向项目之外。',
  'A name that some file systems cannot hold.': '某些文件系统不能保存的名称。',
  'Move the file into the project, or leave it out with --exclude PATH.':
    '请把文件移到项目中，或用 --exclude PATH 排除。',
  'For a project in several folders, name the one above them with --project-root.':
    '项目分布在几个目录中时，请用 --project-root 指定它们的上级目录。',
  'A key of TLS or SSH is in a folder that a service mounts.':
    '服务挂载的目录中有 TLS 或 SSH 密钥。',
  'Leave it out with --exclude PATH and bring it to the offline host another way.':
    '请用 --exclude PATH 排除，并用其他方式带到离线主机。',
  'Where it has to be in the bundle, agree to it with --allow-private-keys.':
    '如果它必须在离线包中，请用 --allow-private-keys 同意。',
  'A password, a token or a key is in a file or an image that would be packed.':
    '要打包的文件或镜像中有密码、令牌或密钥。',
  'Take it out, and rotate it if it was published anywhere.':
    '请把它去掉；如果曾经公开过，请更换它。',
  'Where it is meant to be there, allow it by its name with --allow-secret NAME.':
    '如果有意放在那里，请用 --allow-secret NAME 按名称允许。',
  'The image was not built or pulled.': '镜像没有构建或拉取。',
  'The name or the tag is misspelled.': '名称或标签拼写错误。',
  '--pull never, or an image that only a build makes.':
    '使用了 --pull never，或镜像只能由构建产生。',
  'Build or pull it: `bundle export --build`, `docker compose pull`.':
    '请构建或拉取：`bundle export --build`、`docker compose pull`。',
  'The registry cannot be reached, or asks for a login.': '无法访问镜像仓库，或它要求登录。',
  'The image does not exist for this platform.': '该平台没有这个镜像。',
  'Try `docker pull IMAGE`; log in with `docker login REGISTRY`.':
    '请试 `docker pull IMAGE`；用 `docker login REGISTRY` 登录。',
  'A step of the Dockerfile failed; its output is above the message.':
    'Dockerfile 的某一步失败；输出在消息的上面。',
  'Fix the source, and try `docker compose build` on its own.':
    '请修正源代码，并单独试 `docker compose build`。',
  'Docker is not installed or not running.': 'Docker 没有安装或没有运行。',
  'The user may not use the socket of the engine.': '用户无权使用引擎的套接字。',
  'DOCKER_HOST or the docker context names another machine.':
    'DOCKER_HOST 或 docker context 指向另一台机器。',
  'Check with `docker version`. Start it with `systemctl start docker`.':
    '用 `docker version` 检查。用 `systemctl start docker` 启动。',
  'Run the command with sudo, or join the group docker and log in again.':
    '请用 sudo 执行命令，或加入 docker 组后重新登录。',
  'An engine older than the supported versions.': '引擎比支持的版本旧。',
  'Another engine behind the same API.': '同一 API 后面是其他引擎。',
  'Update Docker. `bundle help import` and docs/engines.md name the supported versions.':
    '请升级 Docker。`bundle help import` 和 docs/engines.md 列出支持的版本。',
  'The engine refused a request, for instance for lack of disk space.':
    '引擎拒绝了请求，例如磁盘空间不足。',
  "Read the engine's own words in the message, and its log: `journalctl -u docker`.":
    '请看消息中引擎自己的说明及其日志：`journalctl -u docker`。',
  'Docker was installed without its Compose plugin, and the bundle carries none.':
    '安装的 Docker 没有 Compose 插件，离线包中也没有。',
  'Install docker-compose-plugin or docker-compose-v2.':
    '请安装 docker-compose-plugin 或 docker-compose-v2。',
  'Export without --no-runtime: then the bundle carries Compose.':
    '导出时不要加 --no-runtime：这样离线包会带有 Compose。',
  'Docker was installed without buildx, and the bundle carries none.':
    '安装的 Docker 没有 buildx，离线包中也没有。',
  'Install docker-buildx-plugin or docker-buildx.':
    '请安装 docker-buildx-plugin 或 docker-buildx。',
  'Export without --no-runtime: then the bundle carries buildx.':
    '导出时不要加 --no-runtime：这样离线包会带有 buildx。',
  'The bundle was exported with --no-rebuild.': '离线包导出时用了 --no-rebuild。',
  'The engine lost the base and cache images, for instance by `docker system prune`.':
    '引擎丢失了基础镜像和缓存镜像，例如由于 `docker system prune`。',
  'Run `bundle doctor`: it says what is missing and which command brings it back.':
    '请执行 `bundle doctor`：它说明缺少什么，以及用哪个命令恢复。',
  'A file that decides about dependencies changed, such as package.json.':
    '决定依赖的文件有变化，例如 package.json。',
  'Revert that file, or bring a new bundle with the dependencies.':
    '请撤销该文件的改动，或使用含有这些依赖的新离线包。',
  'If the step needs no network, allow it with --allow-rerun.':
    '如果该步骤不需要网络，请用 --allow-rerun 允许。',
  'Somebody built or pulled an image while it was packed.': '打包期间有人构建或拉取了镜像。',
  'Run the export again when nothing else changes the images.':
    '请在没有其他程序改动镜像时重新导出。',
  'An earlier run wrote the same file or folder.': '以前的操作写过同一个文件或目录。',
  'Name another output with -o, or replace it with --force.':
    '请用 -o 指定其他输出，或用 --force 替换。',
  'The folder does not exist or belongs to another user.': '目录不存在，或属于另一个用户。',
  'A read-only medium.': '介质是只读的。',
  'Check the path and its permissions, or write elsewhere and copy.':
    '请检查路径及其权限，或写到其他位置再复制。',
  'The disk of the output, of the engine or of the state folder is full.':
    '输出、引擎或状态目录所在的磁盘已满。',
  'The message names the disk. Free some space and run the command again: it continues.':
    '消息会指出是哪个磁盘。请释放空间并重新执行命令：它会继续。',
  'Old releases: `bundle prune`. Layer cache: `bundle cache prune`.':
    '旧版本：`bundle prune`。层缓存：`bundle cache prune`。',
  'The state folder belongs to another user.': '状态目录属于另一个用户。',
  'A read-only or broken disk.': '磁盘只读或已损坏。',
  'Run the command with sudo, or name another folder with --state-dir.':
    '请用 sudo 执行命令，或用 --state-dir 指定其他目录。',
  'Another import, start or rebuild of the same application is running.':
    '同一应用的另一次导入、启动或重建正在进行。',
  'Wait for its end and try again. The message names the process.':
    '请等待它结束后再试。消息会指出是哪个进程。',
  'The file does not exist, or belongs to another user.': '文件不存在，或属于另一个用户。',
  'A damaged disk.': '磁盘已损坏。',
  'Check the path and its permissions.': '请检查路径及其权限。',
  'Another program listens on the port.': '另一个程序正在该端口上监听。',
  'The host has no such address.': '主机没有该地址。',
  'Choose another one: `bundle serve BUNDLE --listen 0.0.0.0:5001`.':
    '请选择其他地址：`bundle serve BUNDLE --listen 0.0.0.0:5001`。',
  'A misspelled path, or another folder.': '路径拼写错误，或在其他目录中。',
  'A file of another kind: an image archive, a compressed file, a Compose file.':
    '其他类型的文件：镜像归档、压缩文件、Compose 文件。',
  'Name the folder of the bundle, its .tar file, or its .parts.json file.':
    '请指定离线包的目录、.tar 文件或 .parts.json 文件。',
  'The copy is damaged: by the medium, or by a transfer in text mode.':
    '副本已损坏：由于介质，或以文本模式传输。',
  'Somebody changed it.': '有人改动了它。',
  'Copy the bundle again and compare its identity with the one that the sender reads out.':
    '请重新复制离线包，并把其标识与发送方读出的比较。',
  'Damaged parts of a split bundle: `bundle repair LIST --from COPY`.':
    '分卷离线包中损坏的分卷：`bundle repair LIST --from COPY`。',
  'The folder was copied incompletely.': '目录没有复制完整。',
  'Copy it again, or use a single file: -o NAME.tar.': '请重新复制，或使用单文件：-o NAME.tar。',
  'The copy ended early, or the medium was taken out.': '复制提前结束，或介质被取出。',
  'Copy the bundle again.': '请重新复制离线包。',
  'Somebody put a file into the folder of the bundle.': '有人在离线包目录中放了文件。',
  'Move the named file elsewhere. Copy the bundle again if you did not put it there.':
    '请把指出的文件移到别处。如果不是您放的，请重新复制离线包。',
  'The copy ended early: a full stick, a broken connection, the 4 GiB limit of FAT32.':
    '复制提前结束：U 盘已满、连接中断、FAT32 的 4 GiB 限制。',
  'Copy it again. For FAT32, export with --split fat32.':
    '请重新复制。对于 FAT32，请用 --split fat32 导出。',
  'The archive was made or changed by another program.': '归档由其他程序制作或改动。',
  'Copy the bundle again, or have it exported again. Do not unpack and pack it.':
    '请重新复制离线包，或重新导出。不要解包再打包。',
  'A document of the bundle or of the state folder was edited or damaged.':
    '离线包或状态目录的某个文档被编辑或已损坏。',
  'Copy the bundle again. In a state folder, import the release again.':
    '请重新复制离线包。如果在状态目录中，请重新导入该版本。',
  'The bundle was made by a newer version of this command.': '离线包由更新版本的命令制作。',
  'Use the command in the bundle: runtime/bundle.': '请使用离线包中的命令：runtime/bundle。',
  'The bundle was exported for another processor architecture.': '离线包是为其他处理器架构导出的。',
  'At the export: an image is for another platform than the `platform:` of its service, or than --platform.':
    '导出时：镜像的平台与其服务的 `platform:` 不同，或与 --platform 不同。',
  'Export it for this host: `bundle export --from registry --platform linux/arm64`, or on a machine of that architecture.':
    '请为本机导出：`bundle export --from registry --platform linux/arm64`，或在该架构的机器上导出。',
  'The engine stored something else than it was sent: a failing disk, or a bug.':
    '引擎存储的内容与发送的不同：磁盘故障，或程序缺陷。',
  'Check the disk and the log of the engine, then import again.':
    '请检查磁盘和引擎的日志，然后重新导入。',
  'Several faults with different codes.': '有多种退出码不同的问题。',
  'Each is listed above the message, with what to do.': '每个问题都列在消息上面，并说明处理办法。',
  'Compose could not create or start a container.': 'Compose 未能创建或启动容器。',
  'Read the words of Compose in the message, and `bundle logs SERVICE`.':
    '请看消息中 Compose 的说明，以及 `bundle logs SERVICE`。',
  'The bundle was exported without --sign.': '离线包导出时没有加 --sign。',
  'The file NAME.sig beside it was not copied.': '没有复制它旁边的 NAME.sig 文件。',
  'The policy of this host requires more signers.': '本机的策略要求更多的签名者。',
  'Ask the sender for a signed bundle. `bundle trust list` prints the policy of this host.':
    '请向发送方索取签过名的离线包。`bundle trust list` 显示本机的策略。',
  'The signature is of another bundle.': '签名属于另一个离线包。',
  'Somebody changed bundle.json.': '有人改动了 bundle.json。',
  'Copy the bundle and its signature again. Do not import it until that works.':
    '请重新复制离线包及其签名。在通过之前不要导入。',
  'This host was never told about the key.': '本机不认识该密钥。',
  'The key is trusted for something else.': '该密钥只为其他用途受信任。',
  'Compare the fingerprint with the sender by phone.': '请通过电话与发送方核对指纹。',
  'Then add the key: `bundle trust add FILE`.': '然后添加密钥：`bundle trust add FILE`。',
  'The key was lost or stolen, and this host knows it.': '密钥丢失或被盗，本机已知道这一点。',
  'Ask the sender for a bundle that is signed with the new key.':
    '请向发送方索取由新密钥签名的离线包。',
  'The key is trusted for another period.': '该密钥在其他期限内受信任。',
  'The clock of this host is wrong.': '本机的时钟不对。',
  'Check `date`. Ask for a new signature, or trust the key for longer.':
    '请检查 `date`。请要求新的签名，或延长密钥的信任期限。',
  'A list of keys has a line in another form.': '密钥列表中有一行的格式不同。',
  'The message names the file and the line; ssh-keygen(1) describes the form.':
    '消息会指出文件和行；ssh-keygen(1) 说明其格式。',
  'A checkout without executables, or a bundle for another platform.':
    '检出的源代码中没有命令程序，或离线包用于其他平台。',
  'Build them with scripts/build-runtime, or export with --no-runtime.':
    '请用 scripts/build-runtime 构建，或加 --no-runtime 导出。',
  'An incremental bundle, and this host never had its base.':
    '增量包，而本机从未有过它的基础离线包。',
  'Its images were removed.': '它的镜像已被删除。',
  'Import the base first, or ask for a complete bundle.':
    '请先导入基础离线包，或索取完整的离线包。',
  '--since or --for names something of another application.':
    '--since 或 --for 指定的是另一个应用。',
  'Name the bundle or the inventory of the same application.': '请指定同一应用的离线包或清单。',
  'The file was edited or damaged, or is something else.': '文件被编辑、已损坏，或是其他文件。',
  'Have it written again on the offline host: `bundle inventory -o FILE`.':
    '请在离线主机上重新写出：`bundle inventory -o FILE`。',
  'A part was not copied, or is on another medium.': '有分卷没有复制，或在另一个介质上。',
  'Put all parts into one folder, or name the others with --parts DIR1,DIR2.':
    '请把所有分卷放到一个目录，或用 --parts DIR1,DIR2 指定其他目录。',
  'The copy of a part is damaged.': '分卷的副本已损坏。',
  'Copy that part again, or let `bundle repair LIST --from COPY` fetch it.':
    '请重新复制该分卷，或用 `bundle repair LIST --from COPY` 取得。',
  'The .parts.json file is damaged or of another program.':
    '.parts.json 文件已损坏，或属于其他程序。',
  'Copy it again from the sender.': '请从发送方重新复制。',
  'The stick was taken out, or it is failing.': 'U 盘被取出，或正在损坏。',
  'Put it in again and repeat the command. Copy the bundle to a disk first if it fails again.':
    '请重新插入并重复该命令。如果再次失败，请先把离线包复制到磁盘。',
  'A wrong passphrase, a key that ssh-keygen cannot read, or no ssh-keygen.':
    '口令错误、ssh-keygen 无法读取密钥，或没有 ssh-keygen。',
  'Try `ssh-keygen -y -f KEY`; install openssh-client.':
    '请试 `ssh-keygen -y -f KEY`；安装 openssh-client。',
  'Another release than expected, or a bundle that was exchanged.':
    '与预期不同的版本，或离线包被调换。',
  'Compare the identity with the sender. Do not import this bundle before that.':
    '请与发送方核对标识。在此之前不要导入该离线包。',
  'The host lacks disk space, a free port, a platform or a folder.':
    '主机缺少磁盘空间、空闲端口、平台或目录。',
  'Each check that failed says what to do; `bundle explain CHECK` says more about one.':
    '每项未通过的检查都说明处理办法；`bundle explain CHECK` 说明更多。',
  'A check that is wrong here can be left out with --ignore CHECK.':
    '如果某项检查在这里不适用，可用 --ignore CHECK 忽略。',
  'A host without systemd, or a user without its own service manager.':
    '主机没有 systemd，或用户没有自己的服务管理器。',
  'Start the application at boot another way: `bundle up --yes`.':
    '请用其他方式在开机时启动应用：`bundle up --yes`。',
  'Somebody else made a systemd unit of that name.': '别人建立了同名的 systemd unit。',
  'Look at it with `systemctl cat UNIT`, and rename or remove it.':
    '请用 `systemctl cat UNIT` 查看，并重命名或删除它。',
  'A required setting, and nobody was there to ask.': '有必填的配置，而没有人可以询问。',
  'Give it with --set NAME=VALUE or --env-file FILE, or run the command on a terminal.':
    '请用 --set NAME=VALUE 或 --env-file FILE 给出，或在终端上执行命令。',
  'The application already runs from another state folder, often that of another user.':
    '应用已由另一个状态目录运行，往往属于另一个用户。',
  'Somebody started the same Compose project by hand.': '有人手工启动了同一个 Compose 项目。',
  'Use that state folder with --state-dir, or another name with --name.':
    '请用 --state-dir 使用那个状态目录，或用 --name 另取名称。',
  'A health check did not pass in time, or a container ended.':
    '健康检查没有按时通过，或容器已结束。',
  'Read the logs above the message. The previous release runs again.':
    '请看消息上面的日志。之前的版本已恢复运行。',
  'A slow start needs more time: --timeout 10m.': '启动较慢时需要更多时间：--timeout 10m。',
  'A misspelled version, or another state folder.': '版本拼写错误，或在另一个状态目录中。',
  'The release was removed.': '该版本已被删除。',
  'List them with `bundle releases`; import the bundle again if it is gone.':
    '用 `bundle releases` 列出；如果已不存在，请重新导入离线包。',
  'A configuration file of nginx is wrong, or a mounted file is missing.':
    'nginx 的配置文件有错误，或缺少挂载的文件。',
  'Fix the file in the named folder, and start again. Nothing was switched.':
    '请在指出的目录中修正文件，然后重新启动。没有切换。',
  'The new release and the previous one both fail: often a full disk or lost data.':
    '新版本和之前的版本都失败：往往是磁盘已满或数据丢失。',
  'Read both logs above the message, and `bundle status`. Then `bundle up`.':
    '请看消息上面的两份日志和 `bundle status`，然后执行 `bundle up`。',
  'A container ended or is unhealthy.': '容器已结束或不健康。',
  'Read `bundle logs SERVICE`, then start it again with `bundle up`.':
    '请看 `bundle logs SERVICE`，然后用 `bundle up` 重新启动。',
  'The release was started without --backup-volumes.': '版本启动时没有加 --backup-volumes。',
  'Roll back without the volumes: `bundle rollback`.': '请不恢复数据卷而回滚：`bundle rollback`。',
  'A failing disk, or a copy that somebody changed.': '磁盘故障，或备份被改动。',
  'Restore the copy from elsewhere, or roll back without it. The volumes are unchanged.':
    '请从别处恢复备份，或不使用备份回滚。数据卷没有变化。',
  'A container of a backup program, of another project, or one that somebody started by hand mounts the volume.':
    '备份程序、其他项目或手工启动的容器挂载了该数据卷。',
  'Such a container has stopped, and was not removed.': '这样的容器已停止，但没有被删除。',
  'Remove the named containers (`docker rm --force NAME`), and run the command again. The volumes are unchanged.':
    '请删除所列容器（`docker rm --force 名称`），再运行一次命令。数据卷没有变化。',
  'Another program or container publishes the same port.': '另一个程序或容器发布了同一端口。',
  'Stop it, or choose another port where a setting allows it: --set HTTP_PORT=8081.':
    '请停掉它，或在配置允许时改用其他端口：--set HTTP_PORT=8081。',
  'The application asks for access to the host, and nobody was there to agree.':
    '应用需要访问本机，而没有人可以同意。',
  'Read what it asks for, and allow it with --allow KIND, or agree on a terminal.':
    '请看它需要什么，并用 --allow KIND 允许，或在终端上同意。',
  'An old stick, or a bundle that somebody held back.': '旧的 U 盘，或被人扣留的离线包。',
  'Import the newest one. An older one on purpose: --allow-older.':
    '请导入最新的离线包。有意使用旧的：--allow-older。',
  'The bundle was already imported, and a newer one came after it.':
    '该离线包已导入过，此后又导入了更新的。',
  'To return to that release: `bundle rollback`. To import it anyway: --allow-older.':
    '要回到那个版本：`bundle rollback`。仍要导入：--allow-older。',
  'A bundle of the channel beta, say, for an instance that follows stable.':
    '例如通道 beta 的离线包，而实例跟随 stable。',
  'Take the bundle of the right channel, or change it with --channel NAME.':
    '请使用正确通道的离线包，或用 --channel NAME 更换。',
  'Somebody edited the log, or the disk failed.': '有人编辑了日志，或磁盘故障。',
  'Keep a copy of the log, and find out who changed it. Applications are not affected.':
    '请保留日志的副本，并查明是谁改动的。应用不受影响。',
  'The file was edited, cut short, or is something else.': '文件被编辑、不完整，或是其他文件。',
  'Have it written again on that host: `bundle receipt -o FILE`.':
    '请在那台主机上重新写出：`bundle receipt -o FILE`。',
  'A wrong passphrase, or a private key of another host.': '口令错误，或是另一台主机的私钥。',
  'Name the right key with --identity, or have the file made for this host.':
    '请用 --identity 指定正确的密钥，或为本机重新制作该文件。',
  'No network, a proxy, or a misspelled name.': '没有网络、代理问题，或名称拼写错误。',
  'Try it in a browser: https://REGISTRY/v2/. Without TLS: --plain-http HOST.':
    '请在浏览器中试：https://REGISTRY/v2/。不用 TLS 时：--plain-http HOST。',
  'A missing or an old login.': '没有登录，或登录已过期。',
  'Log in with `docker login REGISTRY`.': '请用 `docker login REGISTRY` 登录。',
  'A failing registry, or a limit on the number of pulls.': '镜像仓库故障，或拉取次数受限。',
  'Read the answer in the message, and try again later.': '请看消息中的回答，稍后再试。',
  'A damaged copy, or a bundle made with another base.': '副本已损坏，或离线包基于另一个基础。',
  'Copy the bundle again, or have it exported with --no-delta.':
    '请重新复制离线包，或用 --no-delta 导出。',
  'The engine changed or lost bytes of an old layer.': '引擎改变或丢失了旧层的内容。',
  'Ask for a bundle exported with --no-delta. No image was changed.':
    '请索取用 --no-delta 导出的离线包。没有改动任何镜像。',
  'Ctrl-C, a closed terminal, or a shutdown.': 'Ctrl-C、终端关闭或关机。',
  'Run the same command again: it continues, or undoes what was half done.':
    '请再次执行同一命令：它会继续，或撤销做了一半的操作。',
  'Whether the engine runs images of the platform of the bundle.': '引擎能否运行离线包平台的镜像。',
  'A bundle for another processor architecture.': '离线包用于其他处理器架构。',
  'Whether the engine is new enough, and has no known hole that matters here.':
    '引擎是否足够新，并且没有与此相关的已知漏洞。',
  'An old Docker.': 'Docker 太旧。',
  'Update Docker.': '请升级 Docker。',
  'Whether there is a Compose plugin, on this host or in the bundle.':
    '本机或离线包中是否有 Compose 插件。',
  'Docker without Compose, and a bundle exported with --no-runtime.':
    'Docker 没有 Compose，且离线包导出时用了 --no-runtime。',
  'Install docker-compose-plugin, or export without --no-runtime.':
    '请安装 docker-compose-plugin，或导出时不加 --no-runtime。',
  'Whether the disk of the engine has room for the images.': '引擎的磁盘是否有足够空间存放镜像。',
  'Old images and build caches.': '旧镜像和构建缓存。',
  'Free some space: `docker image prune`, `bundle prune`.':
    '请释放空间：`docker image prune`、`bundle prune`。',
  'Whether the disk of the state folder has room for the release.':
    '状态目录所在的磁盘是否有足够空间存放版本。',
  'Old releases and volume copies.': '旧版本和数据卷备份。',
  'Free some space with `bundle prune`, or use another disk with --state-dir.':
    '请用 `bundle prune` 释放空间，或用 --state-dir 使用其他磁盘。',
  'Whether the bundle is newer than what this host has imported.': '离线包是否比本机已导入的新。',
  'An old stick, or another channel.': '旧的 U 盘，或其他通道。',
  'Take the newest bundle. An older one on purpose: --allow-older.':
    '请使用最新的离线包。有意使用旧的：--allow-older。',
  'Whether the application already runs from elsewhere on this host.':
    '应用是否已由本机的其他位置运行。',
  'Another state folder, often that of another user, or a start by hand.':
    '另一个状态目录（往往属于另一个用户），或手工启动。',
  'Whether the ports that the application publishes are free.': '应用要发布的端口是否空闲。',
  'Another program or container listens there.': '另一个程序或容器正在那里监听。',
  'Stop it, or choose another port: --set NAME=PORT.':
    '请停掉它，或改用其他端口：--set NAME=PORT。',
  'Whether names of containers, networks and volumes are free.':
    '容器、网络和数据卷的名称是否空闲。',
  'A Compose file with fixed names, and something else that has them.':
    'Compose 文件使用固定的名称，而其他对象已有该名称。',
  'Remove or rename the other one.': '请删除或重命名另一个。',
  'Which services start, and which wait for a profile.': '哪些服务会启动，哪些需要 profile。',
  'A Compose file with profiles.': 'Compose 文件使用 profile。',
  'Choose with --set COMPOSE_PROFILES=NAMES.': '请用 --set COMPOSE_PROFILES=NAMES 选择。',
  'A small host, or generous limits.': '主机较小，或上限较大。',
  'Lower the limits in the Compose file, or use a larger host.':
    '请在 Compose 文件中调低上限，或使用更大的主机。',
  'No driver, no container toolkit, another kernel.':
    '没有驱动、没有 container toolkit，或内核不同。',
  'Whether files that the bundle does not carry are on this host.':
    '离线包不携带的文件是否在本机上。',
  'Secrets and env files that stay outside of a bundle.': '不放入离线包的机密和 env 文件。',
  'Put the named files there.': '请把指出的文件放到那里。',
  'Whether all required settings have a value.': '所有必填的配置是否都有值。',
  'The values of .env are never packed.': '.env 的值绝不会打包。',
  '`bundle import --up` asks for them; from a script, use --set or --env-file.':
    '`bundle import --up` 会询问；在脚本中请用 --set 或 --env-file。',
  'Whether folders and devices that services mount are on this host.':
    '服务挂载的目录和设备是否在本机上。',
  'Paths outside of the project.': '项目之外的路径。',
  'SELinux on this host, and mounts without `:z` or `:Z` in the Compose file.':
    '本机启用了 SELinux，而 Compose 文件中的挂载没有 `:z` 或 `:Z`。',
  'For SELinux, add `:z` to the mounts in the Compose file, and export again.':
    '对于 SELinux，请在 Compose 文件的挂载中加上 `:z`，再重新导出。',
  'Create them before the start, with the owner that the service expects.':
    '请在启动之前建立它们，并设置服务所需的所有者。',
  'the code': '代码',
  'an exit code, an error code or the name of a preflight check': '退出码、错误代码或检查的名称',
  '{0}All of them: `bundle explain`': '{0}完整列表：`bundle explain`',
  'Did you mean {0}? ': '您要找的是 {0} 吗？',
  'signal {0}': '信号 {0}',
  'A signal ended the command, and it could not end itself.': '命令被信号终止，未能自行结束。',
  'kill -9, or the kernel for lack of memory.': 'kill -9，或内核因内存不足而终止。',
  'All of them: `bundle explain`. Another program may have ended with this number.':
    '完整列表：`bundle explain`。也可能是其他程序以该数字结束。',
  'an exit code of this command': '本命令的退出码',
  'The application already runs from another state folder.': '应用已由另一个状态目录运行。',
  'Name the other state folder with --state-dir.': '请用 --state-dir 指定那个状态目录。',
  'Whether the fixed subnets of the application are free.': '应用的固定子网是否空闲。',
  'Another network of the engine has the addresses.': '引擎的另一个网络使用了这些地址。',
  'This host reaches a network there.': '本机通过那里访问某个网络。',
  'Choose another subnet in the Compose file, or with its setting.':
    '请在 Compose 文件中或用其配置选择其他子网。',
  'Remove the other network: docker network rm NAME.': '请删除另一个网络：docker network rm NAME。',
  'Whether this host has the memory and processors of the limits, and enforces them.':
    '本机是否有上限所需的内存和处理器，并能执行这些上限。',
  'A kernel without the control group.': '内核没有该控制组。',
  'Whether host and engine have what services ask for: devices, GPUs, kernel modules, rights.':
    '主机和引擎是否有服务需要的设备、GPU、内核模块和权限。',
  'An older Docker, or one without the rights of root.': 'Docker 较旧，或没有 root 权限。',
  'Install the driver or module, or leave that service out by its profile.':
    '请安装驱动或模块，或通过 profile 不启动该服务。',
  'An engine on another machine, which looks for them there.':
    '引擎位于另一台机器，会在那里查找它们。',
  'A dependency was added or updated that was not named in `packages:` of the spec.':
    '新增或更新了 spec 的 `packages:` 中没有写明的依赖。',
  'The version that is asked for differs from the carried one.': '所需的版本与携带的版本不同。',
  'Ask for a version that is carried: `build-cache/packages/index.json` of the release lists them.':
    '请改用携带的版本：版本文件夹中的 `build-cache/packages/index.json` 列出了它们。',
  'Name the package in `packages:` of the spec, export again, and import that bundle.':
    '请在 spec 的 `packages:` 中写明该软件包，重新导出，再导入该离线包。',
};
