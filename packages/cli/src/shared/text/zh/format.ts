import type { Catalogue } from '../translator.ts';

/** Meanings of the exit codes, and errors of documents. */
export const format: Catalogue = {
  'unsafe path: {0}': '不安全的路径：{0}',
  'An unexpected failure: a bug in this program.': '意外的故障：本程序的缺陷。',
  'The command line or an environment variable is not valid.': '命令行或环境变量无效。',
  'There is no Compose file at the expected place.': '预期位置没有 Compose 文件。',
  'The Compose file, or a file that it includes, is not valid.': 'Compose 文件或它包含的文件无效。',
  'The bundle spec is not valid.': '离线包 spec 无效。',
  'A file of the application cannot be packed safely.': '应用的某个文件不能安全打包。',
  'A mounted file holds a private key, and nobody agreed to pack it.':
    '挂载的文件含有私钥，且没有人同意打包。',
  'What would be packed contains a secret, and nobody allowed it by name.':
    '要打包的内容含有机密，且没有人按名称允许。',
  'An image is not where it was looked for, and may not be pulled or built.':
    '镜像不在预期的位置，且不允许拉取或构建。',
  'The engine could not pull an image.': '引擎未能拉取镜像。',
  'An image could not be built.': '未能构建镜像。',
  'The container engine does not answer.': '容器引擎没有响应。',
  'The container engine is older than the supported versions, or of another kind.':
    '容器引擎比支持的版本旧，或属于其他类型。',
  'The container engine answered with an error.': '容器引擎返回错误。',
  'The Compose plugin is needed and not installed.': '需要 Compose 插件，但没有安装。',
  'The buildx plugin of docker is needed and not installed, or too old.':
    '需要 docker 的 buildx 插件，但没有安装或版本太旧。',
  'The bundle or the engine lacks something that an offline rebuild needs.':
    '离线包或引擎缺少离线重建所需的内容。',
  'A dependency step would have to run again, and that needs a network; nothing was built.':
    '依赖步骤必须重新执行，而这需要网络；没有构建任何内容。',
  'An image was built, pulled or removed while it was being exported.':
    '导出期间有镜像被构建、拉取或删除。',
  'Something already exists at the output path.': '输出路径上已有内容。',
  'The bundle cannot be written to the output path.': '无法把离线包写到输出路径。',
  'The disk is full.': '磁盘已满。',
  'The state folder cannot be written.': '无法写入状态目录。',
  'Another run holds the state folder.': '另一个操作正占用状态目录。',
  'A file cannot be read.': '文件无法读取。',
  'The registry endpoint cannot listen at the address or port given.':
    '镜像仓库服务不能在给定的地址或端口上监听。',
  'There is no bundle at the path given.': '给定的路径上没有离线包。',
  'A file of the bundle was changed or damaged.': '离线包的某个文件被改动或已损坏。',
  'A file that the bundle lists is not in it.': '离线包列出的某个文件不在其中。',
  'A file of the bundle is shorter or longer than listed.': '离线包的某个文件比列出的短或长。',
  'The bundle holds a file that it does not list.': '离线包中有未列出的文件。',
  'The single-file bundle was cut short.': '单文件离线包不完整。',
  'The bundle contains something that is not allowed: links, unsafe names, broken headers.':
    '离线包含有不允许的内容：链接、不安全的名称、损坏的文件头。',
  'bundle.json, or another of the bundle’s own documents, is not valid.':
    'bundle.json 或离线包的其他文档无效。',
  'The document has a newer format than this program can read.':
    '该文档的格式比本程序能读取的更新。',
  'The bundle or an image is for another platform.': '离线包或镜像适用于其他平台。',
  'After loading, the images on the engine differ from those in the bundle.':
    '加载之后，引擎中的镜像与离线包中的不同。',
  'The input has several different faults; each is listed.': '输入有多种问题；已逐一列出。',
  'The services could not be started.': '未能启动服务。',
  'The bundle is not signed, or by fewer signers than required.':
    '离线包没有签名，或签名者少于要求。',
  'A signature was not made for this bundle, or cannot be read.':
    '签名不是针对该离线包的，或无法读取。',
  'The bundle is signed by a key that is not trusted, or not for this purpose.':
    '离线包的签名密钥不受信任，或不为此用途受信任。',
  'The bundle is signed by a key that was revoked.': '离线包的签名密钥已被吊销。',
  'The bundle is signed by a key outside the period for which it is trusted.':
    '离线包的签名密钥不在受信任的期限内。',
  'The bundle is not the one with the identity that was given.': '离线包的标识与给定的不同。',
  'ssh-keygen could not sign or make a key, or the bundle changed meanwhile.':
    'ssh-keygen 未能签名或生成密钥，或离线包在此期间被更改。',
  'A list of trusted or revoked keys, or the policy of this host, cannot be read.':
    '信任或吊销的密钥列表，或本机的策略，无法读取。',
  'There is no executable of the command for the bundle’s platform.':
    '没有适用于离线包平台的命令程序。',
  'The host lacks layers that an incremental bundle leaves out.': '主机缺少增量包省略的层。',
  'The engine does not have the bytes of an old layer that a delta needs; no image was changed.':
    '引擎没有差异所需的旧层内容；没有改动任何镜像。',
  'The base bundle or the inventory is of another product.': '基础离线包或清单属于另一个产品。',
  'A part of the split bundle is missing.': '缺少离线包的某个分卷。',
  'A part of the split bundle is damaged, or belongs to a different bundle.':
    '离线包的某个分卷已损坏，或属于另一个离线包。',
  'The list of the bundle’s parts cannot be read.': '无法读取离线包的分卷列表。',
  'The medium was taken out, or failed, while the bundle was read.':
    '读取离线包时，介质被取出或发生故障。',
  'The inventory is damaged, or is not an inventory.': '清单已损坏，或不是清单。',
  'This host does not meet the bundle’s requirements; nothing was changed.':
    '本机不满足离线包的要求；没有做任何改动。',
  'A required setting has no value, or a value that is not allowed.':
    '必填的配置没有值，或其值不允许。',
  'Containers of that Compose project, or the instance of that name, belong to something else.':
    '该 Compose 项目的容器或该名称的实例属于其他对象。',
  'The release did not become healthy; the previous release runs again.':
    '版本没有变为健康；之前的版本已恢复运行。',
  'There is no such application or release in the state folder.': '状态目录中没有该应用或版本。',
  'A configuration file of the release is missing or not valid; nothing was switched.':
    '版本的某个配置文件缺少或无效；没有切换。',
  'The release did not become healthy, and the previous release does not run either.':
    '版本没有变为健康，之前的版本也没有运行。',
  'This host has no service manager, or it rejected the unit.':
    '本机没有服务管理器，或它拒绝了 unit。',
  'A unit with that name already exists and belongs to something else.':
    '已有同名的 unit，且属于其他对象。',
  'Services of the application are not running, or are not healthy.':
    '应用的服务没有运行，或不健康。',
  'There is no copy of the volumes to restore.': '没有可恢复的数据卷备份。',
  'The copy of the volumes is damaged or incomplete; the volumes were not changed.':
    '数据卷备份已损坏或不完整；没有改动数据卷。',
  'A container of something else has a volume that is to be restored; the volumes were not changed.':
    '要恢复的数据卷正被其他容器使用；没有改动数据卷。',
  'A port that the release publishes is in use; nothing was switched.':
    '版本要发布的端口已被占用；没有切换。',
  'The file of settings cannot be opened: it is damaged, or was made for another key or passphrase.':
    '无法打开配置文件：它已损坏，或属于其他密钥或口令。',
  'The application requires access to this host that nobody has allowed; nothing was started.':
    '应用需要访问本机，而没有人允许；没有启动任何服务。',
  'The bundle is older than one that this host has imported.': '离线包比本机已导入的旧。',
  'The bundle was imported before, and another one has replaced it since.':
    '该离线包以前导入过，此后已被另一个取代。',
  'The bundle is of another channel than the instance follows.':
    '离线包的通道与实例跟随的通道不同。',
  'The log of what was done on this host was changed or damaged.': '本机的操作日志被改动或已损坏。',
  'A receipt of a host is damaged, or is not a receipt.': '主机的回执已损坏，或不是回执。',
  'A registry does not answer, or the connection to it was cut repeatedly.':
    '镜像仓库没有响应，或连接多次中断。',
  'A registry refused access, or its credentials could not be read.':
    '镜像仓库拒绝访问，或无法读取其凭据。',
  'A registry answered with an error, or with something unexpected.':
    '镜像仓库返回错误或意外的内容。',
  'A delta is damaged, or does not make the layer that the bundle lists.':
    '差异已损坏，或不能生成离线包列出的层。',
  'The command was stopped by Ctrl-C or a signal.': '命令被 Ctrl-C 或信号停止。',
  'not JSON: {0}': '不是 JSON：{0}',
  'not UTF-8': '不是 UTF-8',
  'a byte order mark': '字节顺序标记',
  'more than {0} levels': '超过 {0} 级',
  'more levels than can be read': '级数过多，无法读取',
  'more than {0} words and signs': '超过 {0} 个词和符号',
  'more than {0} objects and arrays': '超过 {0} 个对象和数组',
  'the key "__proto__" is not allowed': '不允许使用键 "__proto__"',
  'the key {0} twice': '键 {0} 重复',
  'more than {0} keys': '超过 {0} 个键',
  'a document that is an image index and an image manifest at once':
    '同时是镜像索引和镜像清单的文档',
  'expected a file name': '应为文件名',
  '{0} is there twice': '{0} 出现两次',
  '{0} and {1} are one name where case or the form of letters does not count':
    '{0} 和 {1} 在不区分大小写或字母形式时是同一个名称',
  '{0} is a file and the folder of {1}': '{0} 是文件，又是 {1} 的目录',
  'it is empty': '它是空的',
  'it is longer than {0} bytes in UTF-8': '它在 UTF-8 中超过 {0} 字节',
  'it is deeper than {0} folders': '它的深度超过 {0} 级目录',
  'it is absolute or has an empty segment': '它是绝对路径，或有空的段',
  'it begins like a drive of Windows': '它的开头像 Windows 的驱动器',
  'it has a "{0}" segment': '它有段 "{0}"',
  'a segment ends with a dot or a space, which Windows drops':
    '某一段以点或空格结尾，Windows 会去掉',
  'a segment is longer than {0} bytes in UTF-8': '某一段在 UTF-8 中超过 {0} 字节',
  'it has {0} ({1})': '它有 {0}（{1}）',
  'it is not in the composed form (NFC)': '它不是组合形式（NFC）',
  'bytes that are not UTF-8': '不是 UTF-8 的字节',
  'a control character': '控制字符',
  'a character that changes the direction of text': '改变文字方向的字符',
  'a line separator': '行分隔符',
  'a backslash, which Windows takes for a slash': '反斜杠，Windows 会当作斜杠',
  'a joiner that joins nothing': '没有连接任何字符的连接符',
  'a selector of variants of nothing': '没有对象的变体选择符',
  'a character that does not show': '不可见的字符',
  'a character that is none': '不是字符',
  'it has the character {0}': '它有字符 {0}',
  '{0} is a device of Windows': '{0} 是 Windows 的设备',
  'expected OS/ARCHITECTURE[/VARIANT], several with commas between them, or all':
    '应为 OS/ARCHITECTURE[/VARIANT]，多个以逗号分隔，或 all',
  'the alias *{0} is a part of what it stands for': '别名 *{0} 包含它自己',
  'the aliases stand for more than {0} values': '别名代表的值超过 {0} 个',
  'more than {0} aliases': '超过 {0} 个别名',
  'a second document in the same file': '同一个文件中的第二个文档',
  'The folder to adopt has two files for one purpose, or a list that cannot be used.':
    '要转换的目录中有两个文件用途相同，或有无法使用的列表。',
  'A file of the folder to adopt differs from its checksum, or is missing.':
    '要转换的目录中有文件与校验和不符，或缺少文件。',
  'expected {0} and other programs, each once': '应为 {0} 和其他程序，每个一次',
  'more than {0} values': '超过 {0} 个值',
  '{0} characters; {1} are the most': '{0} 个字符；最多 {1} 个',
  'Map keys must be unique': '映射的键不能重复',
  'A changed dependency step asks for a package that the bundle does not carry; nothing was built.':
    '改动后的依赖步骤需要离线包未携带的软件包；未构建任何内容。',
  'packages of Debian or Ubuntu to carry as well, such as jq or jq=1.6-2.1':
    '另外携带的 Debian 或 Ubuntu 软件包，例如 jq 或 jq=1.6-2.1',
  'packages of npm to carry as well, such as express or express@^5, or a package-lock.json beside this file':
    '另外携带的 npm 软件包，例如 express 或 express@^5，或此文件旁边的 package-lock.json',
  'packages of Python to carry as well, such as flask or flask==3.1, or a requirements.txt beside this file':
    '另外携带的 Python 软件包，例如 flask 或 flask==3.1，或此文件旁边的 requirements.txt',
};
