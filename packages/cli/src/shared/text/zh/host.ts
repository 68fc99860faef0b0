import type { Catalogue } from '../translator.ts';

/** Errors and facts of the state folder. */
export const host: Catalogue = {
  'reading the permissions of the application': '读取应用的许可',
  'a list of permissions as the command writes it': '由本命令写入的许可列表',
  'Fix the file, or delete it to be asked again.': '请修正该文件，或删除它以便重新询问。',
  'unpacking the docker plugin of a release': '解压版本自带的 docker 插件',
  'a program compressed with zstd': '用 zstd 压缩的程序',
  'reading the digests of a docker plugin': '读取 docker 插件的摘要',
  'Delete this file and the unpacked program beside it: the next run writes both again.':
    '请删除此文件和旁边解压出的程序：下次执行时会重新写入。',
  'at most {0} bytes': '最多 {0} 字节',
  more: '更多',
  'Do not use this bundle. Install the plugin on this host.':
    '请不要使用该离线包。请在本机安装该插件。',
  'looking for the application in': '查找应用，目录',
  'one application': '一个应用',
  'Import its bundle first, or name the state folder with --state-dir.':
    '请先导入它的离线包，或用 --state-dir 指定状态目录。',
  'Name one of them with --name.': '请用 --name 指定其中一个。',
  'several: {0}': '有多个：{0}',
  '{0} in {1}': '{1} 中的 {0}',
  'Name one of these folders.': '请指定其中一个目录。',
  'Import its bundle, or name another.': '请导入它的离线包，或指定另一个版本。',
  'reading the state folder': '读取状态目录',
  'A newer bundle command uses this state folder: use that version. Nothing was changed.':
    '该状态目录由更新版本的 bundle 命令使用：请使用那个版本。没有做任何改动。',
  'a journal as the command writes it': '由本命令写入的运行记录',
  'Move the file away: the next `bundle up` takes over the running containers.':
    '请把该文件移走：下一次 `bundle up` 会接管正在运行的容器。',
  'missing folder': '缺少的目录',
  'missing file': '缺少的文件',
  'mounted by {0}': '由 {0} 挂载',
  '{0}, {1}, is among the files of the command': '{0}（{1}）属于本命令自己的文件',
  '{0}, {1}, is a folder, and was a file where the bundle was made':
    '{0}（{1}）是目录，而制作离线包时是文件',
  'the file {0}, {1}, is not there': '文件 {0}（{1}）不存在',
  'the folder {0}, {1}, is not there, and had files in it where the bundle was made':
    '目录 {0}（{1}）不存在，而制作离线包时其中有文件',
  '{0}, {1}, is not there': '{0}（{1}）不存在',
  'Bring what is missing to these places; the engine would put empty folders there.':
    '请把缺少的内容放到这些位置；否则引擎会在那里建立空目录。',
  'Where a folder may start empty, make it (mkdir -p).': '可以为空的目录，请直接建立（mkdir -p）。',
  'Remove the folder, and bring the file.': '请删除该目录，并放入文件。',
  'Name another path in the settings, or export the application again.':
    '请在配置中指定其他路径，或重新导出应用。',
  'looking for the images of': '查找镜像，版本',
  'Import the bundle of this release again: only what is missing is loaded.':
    '请重新导入该版本的离线包：只会加载缺少的部分。',
  'reading the rebuilds of a release': '读取版本的重建记录',
  'a list of rebuilds as the command writes it': '由本命令写入的重建列表',
  'Move the file away: `bundle up` then runs the images of the release.':
    '请把该文件移走：之后 `bundle up` 会使用版本自带的镜像。',
  'reading the release': '读取版本',
  'Delete this folder if the command did not make it. Otherwise copy bundle.json from its bundle into it.':
    '如果该目录不是本命令创建的，请删除它；否则请从离线包中把 bundle.json 复制进来。',
  'Copy the file from its bundle again. For a single file: tar -xf BUNDLE -C {0} {1}':
    '请从离线包中重新复制该文件。单文件离线包：tar -xf BUNDLE -C {0} {1}',
  'comparing programs': '比较程序',
  'copying files': '复制文件',
  'Choose a folder you may write with --state-dir or BUNDLE_STATE_DIR, or run as root.':
    '请用 --state-dir 或 BUNDLE_STATE_DIR 选择可写的目录，或以 root 执行。',
  'trusting the key': '信任密钥',
  'a key that was not revoked on this host': '没有在本机吊销的密钥',
  'its line in {0}': '它在 {0} 中的一行',
  'Get another key from the signer. If it was revoked by mistake, remove its line there.':
    '请向签名者索取另一个密钥。如果是误吊销，请删除该文件中的那一行。',
  'Correct the file. Nothing can be imported until it is readable.':
    '请修正该文件。在它可读之前，无法导入任何离线包。',
  'reading what this host trusts': '读取本机信任的密钥',
  'a file as the command writes it': '由本命令写入的文件',
  'reading the settings given for': '读取给定的配置，版本',
  'none: this release has no settings': '没有：该版本没有配置项',
  'Correct --set or --env-file: NAME, or FILE:NAME for an env file of a service.':
    '请修正 --set 或 --env-file：写 名称，或者对服务的 env 文件写 文件:名称。',
  'carried over': '沿用',
  'made from its example': '由示例生成',
  '{0} (process {1})': '{0}（进程 {1}）',
  '{0} for {1} is taken by {2}': '{1} 的端口 {0} 已被占用，占用者：{2}',
  'the container {0}, {1}': '容器 {0}（{1}）',
  '{0} for {1}: {2} free, and {3} needed': '{1} 的端口 {0}：空闲 {2} 个，需要 {3} 个',
  'a process of this host': '本机的进程',
  'not of a Compose project': '不属于 Compose 项目',
  'of the project {0}': '属于项目 {0}',
  'Nothing of this product is imported until that file is right. `bundle import --allow-older` with the newest bundle writes it again.':
    '在该文件修正之前，不会导入该产品的任何离线包。用最新的离线包执行 `bundle import --allow-older` 会重新写入它。',
  'no lock': '没有锁',
  'the lock of another run': '另一个操作的锁',
  'taking the lock of': '取得锁',
  'another run in progress': '另一个操作正在进行',
  'Wait until it is done. The lock of a killed run is taken over automatically.':
    '请等待它完成。被终止的操作的锁会自动接管。',
  'keeping the lock of': '保持锁',
  'a lock held until this run is done': '一直保持到本操作完成的锁',
  'Another run may have taken it over while this one was suspended. See `bundle status`, then run the command again.':
    '本操作被挂起时，可能有另一个操作接管了锁。请看 `bundle status`，然后重新执行命令。',
  'undo rebuild': '撤销重建',
  'reading the end of': '读取末尾，文件',
  'entries of at most {0} bytes': '每条不超过 {0} 字节的记录',
  'more without a line feed': '更长、没有换行的内容',
  'Something else has written into this file. Keep a copy, and move it away: the next entry begins a new one.':
    '有其他程序写入了该文件。请保留一份副本并把它移走：下一条记录会开始新的文件。',
  'it is longer than {0} bytes': '它超过 {0} 字节',
  'it is not an entry of this log': '它不是本日志的记录',
  'it follows an entry that is not there': '它前面的记录不存在',
  'the entry before it was changed, added or removed': '它前面的记录被改动、增加或删除',
  'uid {0}': 'uid {0}',
  'Stop that one: docker compose -p {0} down (its named volumes stay, and are used by this one).':
    '请停掉那一个：docker compose -p {0} down（它的命名数据卷会保留，并由本应用使用）。',
  "It is this application, run from another state folder: add --state-dir {0} (with sudo where that folder is root's).":
    '这就是本应用，但由另一个状态目录运行：请加 --state-dir {0}（如果该目录属于 root，请加 sudo）。',
  '{0} Or give this one another name with --name when you import it.':
    '{0} 或者在导入时用 --name 为本应用另取名称。',
  '{0} (mounted by {1})': '{0}（由 {1} 挂载）',
  'the engine is on another machine and looks there for what is on this one: {0}':
    '引擎位于另一台机器，会在那台机器上查找本机的内容：{0}',
  'Copy the bundle to that machine, and import it there. If you keep these files there too, under the same paths: --ignore mounts.':
    '请把离线包复制到那台机器，并在那里导入。如果那里的相同路径下也有这些文件：--ignore mounts。',
  'installing the kit': '安装程序包',
};
