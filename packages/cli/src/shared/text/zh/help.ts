import type { Catalogue } from '../translator.ts';

/** Help of the other commands. */
export const help: Catalogue = {
  'check specs and bundles, print all findings': '检查 spec 和离线包，显示所有问题',
  'Checks bundle specs, bundle.json files and whole bundles against their schemas and rules, and prints all findings with file, line and document path. Changes nothing. Intended for CI.':
    '按 schema 和规则检查离线包 spec、bundle.json 文件和整个离线包，并显示所有问题及其文件、行号和文档路径。不做任何改动。适用于 CI。',
  'specs, bundle.json files, bundles': 'spec、bundle.json 文件、离线包',
  'form of the findings: text; sarif or junit reports; github annotations; gitlab code quality':
    '问题的格式：text；sarif 或 junit 报告；github 注解；gitlab 代码质量',
  'all specs of a project': '项目的所有 spec',
  'every byte of a bundle, with findings for a program': '每个字节都检查，问题供程序读取',
  'findings at their lines in a pull request': '在 pull request 的相应行显示问题',
  'remove an application from this host; its data stays': '从本机删除应用；数据保留',
  'Removes the containers, networks, images and files of an application, including its settings. Keeps its named volumes and their copies unless --volumes is given.':
    '删除应用的容器、网络、镜像和文件，包括其配置。除非加 --volumes，否则保留命名数据卷及其备份。',
  'remove its volumes too, with all data': '同时删除其数据卷及全部数据',
  'everything but the data': '除数据外全部删除',
  'the data too, from a script': '连同数据，用于脚本',
  'choose whose bundles this host accepts': '选择本机接受谁的离线包',
  'what to do': '要做的操作',
  'the key, or the number of signers': '密钥，或签名者的数目',
  'name of the signer for add (default: the comment of the key)':
    'add 时签名者的名称（默认：密钥的注释）',
  'accept bundles signed with this key only': '只接受由该密钥签名的离线包',
  'two different signers for each bundle': '每个离线包要有两个不同的签名者',
  'its key was lost': '密钥已丢失',
  'write the packed source into a folder': '把随包的源代码写到目录中',
  'Writes the source of an imported application into a folder, to be changed there and built with `bundle rebuild`: the build contexts as packed by `bundle export --with-source`. The folder must be absent or empty.':
    '把已导入应用的源代码写到目录中，以便修改并用 `bundle rebuild` 构建：即 `bundle export --with-source` 打包的构建上下文。该目录必须不存在或为空。',
  'where to write it (default: ./PRODUCT)': '写到哪里（默认：./产品）',
  'then: cd ~/shop, change it, bundle rebuild': '然后：cd ~/shop，修改，bundle rebuild',
  'sign an existing bundle': '为已有的离线包签名',
  'private key of OpenSSH, or the public key of one in ssh-agent':
    'OpenSSH 私钥，或 ssh-agent 中某个私钥的公钥',
  'with an existing key': '使用已有的密钥',
  'with a FIDO key: touch it': '使用 FIDO 密钥：请触摸它',
  'answer the settings of a bundle beforehand, into an encrypted file':
    '提前回答离线包的配置，写入加密文件',
  'Asks for the settings of a bundle that lack a value, and writes all values into a file for `bundle import --settings`. The file is encrypted in the age format, for the key of the offline host or with a passphrase. Carry it apart from the bundle, or beside it.':
    '询问离线包中没有值的配置，并把所有值写入供 `bundle import --settings` 使用的文件。文件以 age 格式加密，使用离线主机的密钥或口令。请与离线包分开携带，或放在旁边。',
  'file to write (default: ./PRODUCT-VERSION.settings.age)':
    '要写的文件（默认：./PRODUCT-VERSION.settings.age）',
  'public key of age or SSH to encrypt for, or a file with it; repeatable (default: a passphrase)':
    '用于加密的 age 或 SSH 公钥，或含有它的文件；可重复（默认：使用口令）',
  'file with the passphrase (default: asked for)': '口令文件（默认：询问）',
  'a setting, repeatable; NAME or FILE:NAME': '一项配置，可重复；NAME 或 FILE:NAME',
  'values of the settings from a file, such as your own .env; repeatable':
    '从文件读取配置的值，例如您自己的 .env；可重复',
  'replace a file': '替换已有的文件',
  'your own values, with a passphrase': '您自己的值，使用口令',
  'for the private key of the offline host': '用于离线主机的私钥',
  'for its SSH key': '用于它的 SSH 密钥',
  'on the offline host': '在离线主机上',
  'start an application at boot, with a systemd unit': '用 systemd unit 在开机时启动应用',
  'install writes and enables a systemd unit. After each start of the host it runs `bundle up`: this starts applications without restart policies, and finishes what the shutdown interrupted. As root it is a system unit; otherwise, or with --user, a user unit. The unit runs the command of the current release, so it works without the stick, and each upgrade brings its own. The unit is shown before it is written. A second install changes nothing.\n\nstatus says whether the unit is installed and enabled. uninstall removes the unit; running services keep running. `bundle uninstall` removes it too.':
    'install 写入并启用 systemd unit。每次开机后它执行 `bundle up`：启动没有重启策略的应用，并完成关机时被中断的操作。以 root 执行时是系统 unit；否则或加 --user 时是用户 unit。unit 使用当前版本的命令，因此不需要 U 盘，每次升级也带来新的命令。写入之前会先显示 unit。再次 install 不做任何改动。\n\nstatus 说明 unit 是否已安装和启用。uninstall 删除 unit；正在运行的服务继续运行。`bundle uninstall` 也会删除它。',
  'install a user unit, even as root': '安装用户 unit，即使是 root',
  'unit to start after (default: docker.service or podman.socket for an engine at its usual socket)':
    '在哪个 unit 之后启动（默认：引擎使用常用套接字时为 docker.service 或 podman.socket）',
  'print the unit on stdout; change nothing': '在标准输出显示 unit；不做任何改动',
  'show what would be done; change nothing': '显示将要做的操作；不做任何改动',
  'the only application of this host': '本机唯一的应用',
  'print the unit of one instance': '显示某个实例的 unit',
  'installed or not, enabled or not': '是否已安装，是否已启用',
  'expected a number from {0} to {1}': '应为 {0} 到 {1} 的数字',
  'expected HOST or HOST:PORT, such as 0.0.0.0:5000 or [::1]:5000':
    '应为 HOST 或 HOST:PORT，例如 0.0.0.0:5000 或 [::1]:5000',
  'let engines pull the images of bundles': '供引擎拉取离线包中的镜像',
  'Serves the images of bundles as a read-only registry (OCI distribution API) straight from the bundles, until Ctrl-C. Nothing is unpacked. docker, podman, containerd and skopeo pull from it.\n\nOnly this host can reach it unless --listen names another address. Every client that reaches it can pull every image: use --tls-cert and --auth-file on a shared network.':
    '把离线包中的镜像作为只读镜像仓库（OCI distribution API）直接提供，直到 Ctrl-C。不解包任何内容。docker、podman、containerd 和 skopeo 都可以从中拉取。\n\n除非用 --listen 指定其他地址，否则只有本机可以访问。能访问它的客户端可以拉取所有镜像：在共享网络上请使用 --tls-cert 和 --auth-file。',
  'address to listen on (default: 127.0.0.1)': '监听的地址（默认：127.0.0.1）',
  'port to listen on, 0 for any free one (default: 5000)':
    '监听的端口，0 表示任意空闲端口（默认：5000）',
  'use TLS with this certificate or chain (PEM)': '使用 TLS 和该证书或证书链（PEM）',
  'key of the certificate (PEM)': '证书的密钥（PEM）',
  'accept only these users: lines NAME:PASSWORD (basic authentication)':
    '只接受这些用户：每行 NAME:PASSWORD（basic 认证）',
  'maximum number of concurrent connections; further ones are refused (default: 128)':
    '同时连接的最大数目；更多的连接会被拒绝（默认：128）',
  'then on this host: docker pull 127.0.0.1:5000/shop/api:1.0':
    '然后在本机：docker pull 127.0.0.1:5000/shop/api:1.0',
  'for other hosts': '供其他主机使用',
  'two bundles, with passwords': '两个离线包，使用密码',
  'write a page about a bundle, for people': '写出供人阅读的离线包报告',
  'Writes one HTML page: services, settings to fill in, sizes, layers, signatures and changes. It loads nothing from elsewhere, prints well, and is complete without scripts. Where the bundle has a list of packages, the page shows it, with a search. Reads the front of the bundle only; `bundle verify` checks the bytes.':
    '写出一个 HTML 页面：服务、要填写的配置、大小、层、签名和变化。不从其他位置加载任何内容，适合打印，不用脚本也是完整的。离线包带有软件包列表时，页面显示该列表，并可搜索。只读取离线包的开头；字节由 `bundle verify` 校验。',
  'page to write (default: ./PRODUCT-VERSION.html)': '要写的页面（默认：./PRODUCT-VERSION.html）',
  'show the changes since this bundle, or bundle.json alone':
    '显示自该离线包（或单独的 bundle.json）以来的变化',
  'replace an existing page': '替换已有的页面',
  'shop-1.1.0.html, to read or to print': 'shop-1.1.0.html，用于阅读或打印',
  'with the changes': '带有变化',
  'fetch damaged parts of a split bundle again': '重新取得分卷离线包中损坏的部分',
  'Checks every part of a split bundle, and copies missing, damaged and mixed-up parts again from the original. It leaves the others alone. The original is the list or folder of its parts, or the single file before it was split.':
    '检查分卷离线包的每个分卷，并从原件重新复制缺少、损坏和混淆的分卷。其余分卷不动。原件可以是其分卷的列表或目录，或分卷之前的单文件。',
  'the .parts.json file of the copy': '副本的 .parts.json 文件',
  'the original: .parts.json, folder or .tar file': '原件：.parts.json、目录或 .tar 文件',
  'after a copy': '复制之后',
  'list the releases on this host': '列出本机的版本',
  'Lists the releases of an application on this host: when each was imported and last started, whether its volumes were copied first, and which one is running. Needs no engine.':
    '列出应用在本机的各版本：何时导入、最后一次何时启动、数据卷是否先复制过，以及哪个正在运行。不需要引擎。',
  'the versions for `bundle up VERSION` and `bundle rollback VERSION`':
    '可用于 `bundle up VERSION` 和 `bundle rollback VERSION` 的版本',
  'for a script': '用于脚本',
  'compare the receipts of hosts: which release each has, and what it lacks':
    '比较各主机的回执：各有哪个版本、缺少什么',
  'Reads receipts written by `bundle receipt` on other hosts, files or folders of them. Shows for each host and instance the running release, since when it runs, its signer, and the newer releases of its channel missing on that host. Releases are known from the receipts themselves, and from bundles named with --bundle. Needs no engine and no network.\n\nSignatures of receipts are checked. With --allowed-signers, a receipt needs a signature by a key of the list.':
    '读取其他主机用 `bundle receipt` 写成的回执（文件或目录）。对每台主机和每个实例显示正在运行的版本、运行多久、签名者，以及该主机缺少的同一通道中更新的版本。版本来自回执本身，以及用 --bundle 指定的离线包。不需要引擎和网络。\n\n会核对回执的签名。加 --allowed-signers 时，回执必须由列表中的密钥签名。',
  'receipts, or folders of receipts': '回执，或回执的目录',
  'bundle, or its bundle.json alone, to compare the hosts with; repeatable':
    '用于与主机比较的离线包或单独的 bundle.json；可重复',
  'all hosts with a receipt in a folder': '目录中有回执的所有主机',
  'who lacks 1.5; receipts signed by these keys only': '谁缺少 1.5；只接受这些密钥签名的回执',
  'write down which releases this host has and runs, to carry back':
    '记下本机有哪些版本、运行哪些，以便带回',
  'Writes a small text file: the releases on this host, which of them run since when, who signed them, and the digest of the last entry of `bundle history`. It can be reviewed before it leaves the site. With --sign, ssh-keygen of this host signs it, in FILE.sig. On the source side, `bundle receipts` compares the receipts of all hosts. Changes nothing.':
    '写出一个小的文本文件：本机的版本、哪些在运行及起始时间、由谁签名，以及 `bundle history` 最后一条记录的摘要。离开现场之前可以审阅。加 --sign 时由本机的 ssh-keygen 签名，写到 FILE.sig。在源端，`bundle receipts` 比较所有主机的回执。不做任何改动。',
  'file to write': '要写的文件',
  'name of this host (default: the one it has)': '本机的名称（默认：它现有的名称）',
  'signed with your own key': '用您自己的密钥签名',
  'push the images of a bundle into a registry': '把离线包的镜像推送到镜像仓库',
  'Pushes the images of a bundle into a registry (OCI distribution API), straight from the bundle: no engine is needed. Sends only the layers missing there, and sets the tags last. The images keep the digests of the bundle.\n\nAn image REGISTRY/ACME/API:1.0 becomes REGISTRY/PREFIX/ACME/API:1.0. -o writes a Compose override with the new names and digests, for hosts with docker compose alone.\n\nUses the credentials of `docker login`.':
    '把离线包的镜像直接推送到镜像仓库（OCI distribution API）：不需要引擎。只发送那里缺少的层，最后设置标签。镜像的摘要与离线包中的相同。\n\n镜像 REGISTRY/ACME/API:1.0 变为 REGISTRY/PREFIX/ACME/API:1.0。-o 写出含有新名称和摘要的 Compose 覆盖文件，供只有 docker compose 的主机使用。\n\n使用 `docker login` 的凭据。',
  'REGISTRY or REGISTRY/PREFIX, such as registry.example:5000/shop':
    'REGISTRY 或 REGISTRY/PREFIX，例如 registry.example:5000/shop',
  'Compose override to write, with the new names and digests':
    '要写的 Compose 覆盖文件，含有新名称和摘要',
  'show what would be pushed; change nothing': '显示将要推送的内容；不做任何改动',
  'registry to reach without TLS, HOST or HOST:PORT, repeatable':
    '不用 TLS 访问的镜像仓库，HOST 或 HOST:PORT，可重复',
  'all images of the bundle': '离线包的所有镜像',
  'with the override for docker compose': '同时写出 docker compose 的覆盖文件',
  'what the registry lacks': '镜像仓库缺少的内容',
  'expected a number': '应为数字',
  'expected 1 or more': '应为 1 或更大',
  'remove old releases and their images': '删除旧版本及其镜像',
  'Removes old releases from this host, with their volume copies and the images that no other release uses. Keeps the newest releases, and always the running one.\n\nAn image stays while any state folder on the engine needs it. With --vanished, removes what state folders left there that were deleted without `bundle uninstall`.':
    '从本机删除旧版本、其数据卷备份，以及没有其他版本使用的镜像。保留最新的几个版本，始终保留正在运行的版本。\n\n只要引擎上有任何状态目录需要某个镜像，它就会保留。加 --vanished 时，删除没有执行 `bundle uninstall` 就被删除的状态目录留下的镜像。',
  'releases to keep (default: 3)': '保留的版本数目（默认：3）',
  'remove images of deleted state folders instead': '改为删除已被删除的状态目录的镜像',
  'after a state folder was deleted': '删除状态目录之后',
  'show the logs of the services': '查看服务的日志',
  'Shows the logs of all services of an application, or of the named ones. With --follow it prints new lines as they arrive, until Ctrl-C; with --json too, one document per line.':
    '显示应用的所有服务或指定服务的日志。加 --follow 时持续显示新的行，直到 Ctrl-C；同时加 --json 时每行一个文档。',
  'services of the Compose file': '服务（Compose 文件中的名称）',
  'only the last lines of each container': '只显示每个容器的最后若干行',
  'only newer lines: 10m, or a time as in RFC 3339': '只显示较新的行：10m，或 RFC 3339 格式的时间',
  'print new lines as they arrive, until Ctrl-C': '持续显示新的行，直到 Ctrl-C',
  'the last lines of every service': '每个服务的最后几行',
  'one service, with new lines as they arrive': '一个服务，持续显示新的行',
  'make a key to sign bundles with': '生成用于签名的密钥',
  'Makes an Ed25519 key pair with ssh-keygen of this host, which asks for a passphrase, and shows the line that other hosts need to trust it. Any other key of OpenSSH can sign too: in a file, in ssh-agent, or in a FIDO authenticator.':
    '用本机的 ssh-keygen 生成 Ed25519 密钥对（它会询问口令），并显示其他主机信任它所需的一行。其他 OpenSSH 密钥也可以签名：文件中的、ssh-agent 中的，或 FIDO 认证器中的。',
  'private key to write; the public key is PATH.pub (default: bundle/signing-key in the configuration folder of the user)':
    '要写的私钥；公钥为 PATH.pub（默认：用户配置目录中的 bundle/signing-key）',
  'protect the private key by its file mode only: for scripts': '只用文件权限保护私钥：用于脚本',
  'once, on the host that makes bundles': '只需一次，在制作离线包的主机上',
  'for a build server': '用于构建服务器',
  'list the releases and layers of this host, for the next export':
    '列出本机的版本和层，供下一次导出使用',
  'Writes a small text file: the imported releases, the layers of all images on the engine, and the programs of docker. On the source side, `bundle export --for FILE` then packs only what is missing here. The file contains only digests, sizes, versions and release names, so it can be reviewed before it leaves the site. Changes nothing.':
    '写出一个小的文本文件：已导入的版本、引擎上所有镜像的层，以及 docker 的程序。在源端，`bundle export --for FILE` 就只打包这里缺少的内容。文件只含有摘要、大小、版本号和版本名称，离开现场之前可以审阅。不做任何改动。',
  'file to write (default: stdout)': '要写的文件（默认：标准输出）',
  'on the source side': '在源端',
  'show the contents of a bundle and their sizes': '查看离线包的内容和大小',
  'for scripts, with all of bundle.json': '用于脚本，含有 bundle.json 的全部内容',
  'show what was done on this host, by whom and with what outcome':
    '查看在本机做过什么、由谁做、结果如何',
  'Shows the log of this host: each import, start, rollback, rebuild, prune and uninstall, with time, user, release, signer and outcome. Each entry holds the digest of the previous one. The whole log is checked each time, and the first entry out of place is named.\n\nAnyone able to write to the state folder can write a new log: compare its last digest with that in an earlier `bundle receipt`.':
    '显示本机的日志：每次导入、启动、回滚、重建、清理和卸载，及其时间、用户、版本、签名者和结果。每条记录含有前一条的摘要。每次都检查整个日志，并指出第一条不符的记录。\n\n能写入状态目录的人都可以写出新的日志：请把它最后的摘要与较早的 `bundle receipt` 比较。',
  'instance to show (default: all of them)': '要显示的实例（默认：全部）',
  'number of entries to show, the last ones (default: 20)': '显示最后若干条记录（默认：20）',
  'the last 20 imports, starts and the like': '最后 20 次导入、启动等操作',
  'expected OS/ARCHITECTURE, such as linux/amd64': '应为 OS/ARCHITECTURE，例如 linux/amd64',
  'pack a Compose application into a bundle': '把 Compose 应用打包成离线包',
  'Packs a Compose application into a bundle: its images, its Compose file and mounted files. Takes a Compose file or a bundle spec; without one, the Compose file of the current folder.\n\nFor each service with build:, the bundle also carries the capture of its build, so that `bundle rebuild` works without a network.\n\nThe bundle carries this command as one executable, runtime/bundle (about 30 MB), so the offline host needs no Node.js, and for an offline host without them the Compose plugin of this host and, where images can be rebuilt, buildx (under 20 MB each). --no-runtime leaves them out. With --for, only what a host lacks is packed.\n\nImages that the engine lacks come straight from their registries, with the credentials of `docker login`. With --from registry all images do, and no engine is needed.\n\nValues of .env files are never packed unless --with-env asks for one by name.':
    '把 Compose 应用打包成离线包：镜像、Compose 文件和挂载的文件。可指定 Compose 文件或离线包 spec；不指定时使用当前目录的 Compose 文件。\n\n对于每个带 build: 的服务，离线包还带有其构建的采集结果，使 `bundle rebuild` 不需要网络。\n\n离线包带有本命令的单个可执行文件 runtime/bundle（约 30 MB），因此离线主机不需要 Node.js；离线主机没有时，还带有本机的 Compose 插件，以及可重建镜像时的 buildx（各小于 20 MB）。--no-runtime 不带它们。加 --for 时，只打包主机缺少的内容。\n\n引擎缺少的镜像直接从镜像仓库获取，使用 `docker login` 的凭据。加 --from registry 时全部镜像都这样获取，不需要引擎。\n\n.env 文件的值绝不会打包，除非用 --with-env 按名称要求。',
  'the application of this folder, as a single file': '当前目录的应用，写成单文件',
  'as a folder on a stick': '写成 U 盘上的目录',
  'two Compose files, merged': '两个 Compose 文件，合并',
  'preview of images, files and sizes': '预览镜像、文件和大小',
  'straight from the registries, without an engine': '直接从镜像仓库，不使用引擎',
  'in parts, for a stick with FAT32': '分卷，用于 FAT32 格式的 U 盘',
  'only the layers new since the last release': '只包含自上一个版本以来新的层',
  'only the layers missing on that host': '只包含该主机缺少的层',
  'with a bundle spec': '使用离线包 spec',
  'Compose file or bundle spec (default: the Compose file of this folder)':
    'Compose 文件或离线包 spec（默认：当前目录的 Compose 文件）',
  'Compose file in place of the argument; repeatable, merged in this order':
    '代替参数的 Compose 文件；可重复，按此顺序合并',
  'default: tar when the output ends in .tar': '默认：输出以 .tar 结尾时为 tar',
  'replace an existing bundle': '替换已有的离线包',
  'show what would be packed; write nothing': '显示将要打包的内容；不写任何文件',
  'where to take the images: registry, oci:DIR, oci-archive:FILE or docker-archive:FILE (default: the engine)':
    '从哪里获取镜像：registry、oci:DIR、oci-archive:FILE 或 docker-archive:FILE（默认：引擎）',
  'when to pull images (default: missing)': '何时拉取镜像（默认：missing）',
  'build the services with build: first': '先构建带 build: 的服务',
  'leave out the captures for rebuilds without a network': '不带离线重建所需的采集结果',
  'pack the build contexts too: the source, for rebuilds on the offline host':
    '同时打包构建上下文：即源代码，供离线主机重建',
  'executables of this command to pack: the one for the platform (default), or all':
    '要打包的命令程序：适用于该平台的（默认），或全部',
  'pack neither this command nor Compose and buildx, for an offline host that has them':
    '不打包本命令、Compose 和 buildx，用于已有它们的离线主机',
  "platform of the offline host (default: the engine's); with --from registry or oci, also several, or all":
    '离线主机的平台（默认：引擎的平台）；加 --from registry 或 oci 时也可为多个，或 all',
  'with --from registry, also pack the signatures and attestations of the images in their registries':
    '加 --from registry 时，也打包镜像仓库中镜像的签名和证明',
  'for hosts of two platforms': '供两种平台的主机使用',
  'platform of the nodes, for a bundle with several (default: the first one)':
    '节点的平台，用于含多个平台的离线包（默认：第一个）',
  'for nodes of one of the bundle’s platforms': '用于离线包中某一平台的节点',
  'platform of the images, for a bundle with several (default: that of this machine)':
    '镜像的平台，用于含多个平台的离线包（默认：本机的平台）',
  'expected OS/ARCHITECTURE, such as linux/amd64, several with commas, or all':
    '应为 OS/ARCHITECTURE，例如 linux/amd64，多个以逗号分隔，或 all',
  'Compose profile to pack, repeatable (default: all)':
    '要打包的 Compose profile，可重复（默认：全部）',
  'env file to pack with its values, repeatable': '连同值一起打包的 env 文件，可重复',
  'mounted file or folder to pack, whatever it holds, repeatable':
    '无论内容如何都打包的挂载文件或目录，可重复',
  'mounted file or folder to leave out, repeatable; a folder starts empty on the offline host':
    '不打包的挂载文件或目录，可重复；目录在离线主机上启动时为空',
  'folder that holds everything of the project (default: its Git repository)':
    '包含项目全部内容的目录（默认：其 Git 仓库）',
  'pack private keys in mounted files without asking': '不询问就打包挂载文件中的私钥',
  'cut the single file into parts: fat32, dvd, cd or a size such as 4000M':
    '把单文件切成分卷：fat32、dvd、cd 或大小，例如 4000M',
  'do not use the layer cache': '不使用层缓存',
  'leave out the layers of this bundle (or of its bundle.json alone)':
    '省略该离线包（或单独的 bundle.json）中的层',
  'leave out the layers and programs of a host: file of `bundle inventory`; repeatable, then what all of them have':
    '省略某台主机的层和程序：`bundle inventory` 的文件；可重复，此时省略它们共有的内容',
  'with --since or --for, carry changed layers whole instead of only what changed in them':
    '与 --since 或 --for 一起使用时，完整携带有变化的层，而不是只携带其中的变化',
  'sign with a private key of OpenSSH, or the public key of one in ssh-agent; repeatable':
    '用 OpenSSH 私钥，或 ssh-agent 中某个私钥的公钥签名；可重复',
  'version of the release (default: the date of its newest image)':
    '版本号（默认：最新镜像的日期）',
  'channel of the release, such as beta (default: stable)': '版本的通道，例如 beta（默认：stable）',
  'place of the release in its channel: hosts refuse lower ones after it (default: seconds of its date, more than that of --since and --for)':
    '版本在通道中的位置：此后主机拒绝更低的位置（默认：其日期的秒数，且大于 --since 和 --for 的）',
  'name of the application (also: --product; default: the Compose project name)':
    '应用的名称（也可用 --product；默认：Compose 项目名称）',
  'find out why rebuilds fail here': '找出本机重建失败的原因',
  'Checks everything that a rebuild without a network depends on: the engine, its image store, buildx and Compose, free space, the imported release, its base and cache images, and the source. Prints each problem and how to fix it. Changes nothing.':
    '检查离线重建所依赖的一切：引擎、镜像存储、buildx 和 Compose、可用空间、已导入的版本、基础镜像和缓存镜像，以及源代码。显示每个问题及解决办法。不做任何改动。',
  'after a failed build, a full disk or an unused cache': '构建失败、磁盘已满或缓存未命中之后',
  'compare the source with the export too': '同时把源代码与导出时比较',
  'compare two bundles': '比较两个离线包',
  'folder, .tar or .parts.json file, or bundle.json':
    '目录、.tar 或 .parts.json 文件，或 bundle.json',
  'the same': '同上',
  'changes of the new release': '新版本的变化',
  'with bundle.json of a deleted bundle': '使用已删除的离线包的 bundle.json',
  'show or empty the layer cache of export': '查看或清空导出的层缓存',
  'An export keeps its layers in a cache, compressed as in the bundle, and the next export reuses them. The cache is always safe to empty: an export recreates whatever is missing. `ls` shows the size of the cache. `prune` empties it, or with --keep deletes the least recently used layers down to a size. After each export the cache holds at most 20 GB.':
    '导出时层以离线包中的压缩形式保存在缓存中，供下一次导出复用。清空缓存总是安全的：导出会重新生成缺少的内容。`ls` 显示缓存的大小。`prune` 清空它，加 --keep 时删除最久未使用的层，直到指定的大小。每次导出之后缓存最多保留 20 GB。',
  'the cache (also: BUNDLE_LAYER_CACHE), as for export':
    '缓存（也可用 BUNDLE_LAYER_CACHE），与 export 相同',
  'prune down to this size, such as 5G (default: 0)': '清理到该大小，例如 5G（默认：0）',
  'its folder and its size': '它的目录和大小',
  'delete the least recently used layers': '删除最久未使用的层',
  'only the result and errors, no progress and no notes': '只显示结果和错误，不显示进度和备注',
  'show every step with its time, and details of errors': '显示每个步骤及其用时，以及错误的细节',
  'folder, .tar or .parts.json file (default: the only bundle in this folder)':
    '目录、.tar 文件或 .parts.json 文件（默认：当前目录中唯一的离线包）',
  'show the help of a command': '显示某个命令的帮助',
  'show the help': '显示帮助',
  'add KEYFILE trusts a public key of OpenSSH, or one in PEM as cosign writes it. From then on `bundle import` refuses bundles that no trusted key signed, before the engine is touched.\n\nlist shows the trusted keys. remove KEY stops trusting a key. revoke KEY refuses a key for good, even if somebody adds it again. KEY is a public key file, a fingerprint or a name.\n\nrequire N asks for signatures by N different signers. Keys of one name are one signer. require off accepts unsigned bundles again.\n\nclock accepts the current time of this host even if it is earlier than the latest time seen. Only the lifetimes of keys depend on it.\n\nThe keys are in the folder _trust of the state folder: allowed_signers, in the format of ssh-keygen(1), and revoked, a list of public keys. You can edit both by hand.':
    'add KEYFILE 信任一个 OpenSSH 公钥，或 cosign 写成的 PEM 公钥。此后 `bundle import` 会在接触引擎之前拒绝没有可信密钥签名的离线包。\n\nlist 显示可信的密钥。remove KEY 不再信任某个密钥。revoke KEY 永久拒绝某个密钥，即使有人重新添加。KEY 可以是公钥文件、指纹或名称。\n\nrequire N 要求由 N 个不同的签名者签名；同一名称的密钥算一个签名者。require off 重新接受没有签名的离线包。\n\nclock 接受本机当前的时间，即使它早于见过的最晚时间。只有密钥的有效期取决于时间。\n\n密钥位于状态目录的 _trust 目录中：allowed_signers（ssh-keygen(1) 的格式）和 revoked（公钥列表）。两者都可以手工编辑。',
  'Signs the bundle.json of a bundle with ssh-keygen of this host, which asks for the passphrase of the key if it has one. The rest of the bundle is neither read nor written: verify it first. The signature goes into the bundle if there is room for it, otherwise into NAME.sig beside it. A bundle can be signed by several keys.\n\nWith --sigstore-key, the signature is a Sigstore bundle, which `cosign verify-blob` checks too: bundle.json.sigstore.json in the bundle, otherwise NAME.sigstore.json beside it. No network, log or certificate is used. A key that cosign encrypted signs with cosign:\n\n  tar -xf shop.tar bundle.json\n  cosign sign-blob --key cosign.key --tlog-upload=false --new-bundle-format --bundle shop.tar.sigstore.json bundle.json':
    '用本机的 ssh-keygen 为离线包的 bundle.json 签名；密钥有口令时它会询问。离线包的其余部分既不读取也不写入：请先校验。签名尽可能放入离线包，否则放在旁边的 NAME.sig。一个离线包可由多个密钥签名。\n\n加 --sigstore-key 时，签名是 Sigstore bundle，`cosign verify-blob` 也能核对：位于离线包中的 bundle.json.sigstore.json，否则在旁边的 NAME.sigstore.json。不使用网络、日志或证书。由 cosign 加密的密钥用 cosign 签名：\n\n  tar -xf shop.tar bundle.json\n  cosign sign-blob --key cosign.key --tlog-upload=false --new-bundle-format --bundle shop.tar.sigstore.json bundle.json',
  'private key in PEM (ECDSA or RSA), for a signature that cosign checks too':
    'PEM 私钥（ECDSA 或 RSA），用于 cosign 也能核对的签名',
  'for hosts that use cosign': '用于使用 cosign 的主机',
  'folders, .tar or .parts.json files (default: the only bundle in this folder)':
    '目录、.tar 或 .parts.json 文件（默认：当前目录中唯一的离线包）',
  'list the packages inside the images of a bundle': '列出离线包的镜像中的软件包',
  'Lists the packages that each image of the application has: of Debian, Alpine and RPM distributions, npm, Python, Go programs and Java archives. Reads the package databases in the layers, and runs nothing. What could not be read is named on stderr, and in each document. Layers that were read before are not read again.':
    '列出应用的每个镜像中的软件包：Debian、Alpine 和 RPM 发行版、npm、Python、Go 程序和 Java 归档。读取各层中的软件包数据库，不运行任何程序。无法读取的内容会在标准错误和每个文档中说明。以前读取过的层不再读取。',
  'table, CycloneDX 1.6, SPDX 2.3, SPDX 3.0, or plain JSON (default: table; with --json, or for a file named *.json: json)':
    '表格、CycloneDX 1.6、SPDX 2.3、SPDX 3.0 或 JSON（默认：表格；有 --json 或文件名为 *.json 时：json）',
  'only this image': '只列出该镜像',
  'replace an existing file': '替换已有的文件',
  'as a table': '以表格显示',
  'for a vulnerability scanner': '供漏洞扫描程序使用',
  'of one image, on stdout': '一个镜像的，写到标准输出',
  'write a bundle spec for a Compose application': '为 Compose 应用写出离线包 spec',
  'Writes a bundle spec for a Compose application: a YAML file that says what `bundle export` packs. On a terminal it asks for the name, the version, the profiles and the platform; Enter takes the suggestion. With --yes, with --json or without a terminal it takes all suggestions.\n\nAn existing file is not overwritten. With --force a bundle spec is replaced, and nothing else.':
    '为 Compose 应用写出离线包 spec：说明 `bundle export` 打包什么的 YAML 文件。在终端上询问名称、版本、profile 和平台；按回车接受建议。带 --yes、--json 或没有终端时接受全部建议。\n\n不覆盖已有的文件。加 --force 时替换已有的离线包 spec，其他文件一律不动。',
  'Compose file (default: the Compose file of this folder)':
    'Compose 文件（默认：当前目录的 Compose 文件）',
  'spec to write (default: ./NAME.bundle.yaml)': '要写的 spec（默认：./NAME.bundle.yaml）',
  'replace an existing spec': '替换已有的 spec',
  'version of the release': '版本号',
  'do not ask, take the suggestions': '不询问，接受建议',
  'print the spec; write nothing': '显示 spec；不写任何文件',
  'for the Compose file of this folder': '用于当前目录的 Compose 文件',
  'for two files, without questions': '用于两个文件，不询问',
  'look at the spec first': '先看看 spec',
  'explain an exit code, an error code or a preflight check': '解释退出码、错误代码或检查的名称',
  'Explains an exit code, an error code of --json or the name of a preflight check: its meaning, the usual causes, and what to do. Without one, lists all of them. Needs no network and no engine.':
    '解释退出码、--json 的错误代码或检查的名称：含义、常见原因和处理办法。不写时列出全部。不需要网络和引擎。',
  'number or name, such as 87 or release-unhealthy': '数字或名称，例如 87 或 release-unhealthy',
  'the exit code of the previous command': '上一个命令的退出码',
  'a check of `bundle preflight`': '`bundle preflight` 的一项检查',
  'all codes': '全部退出码',
  'also what the images have inside': '同时比较镜像内部',
  'print a script that completes command lines in bash, zsh or fish':
    '显示用于 bash、zsh 或 fish 补全命令行的脚本',
  'Prints a script for a shell. With it, Tab completes commands, options and their values, and the applications, releases, services and bundles of this host.':
    '显示用于 shell 的脚本。有了它，按 Tab 可以补全命令、选项及其值，以及本机的应用、版本、服务和离线包。',
  'shell to complete in': '要补全的 shell',
  'for this shell': '用于当前 shell',
  'for all later ones': '用于以后的所有 shell',
  'in a folder of $fpath': '放在 $fpath 的某个目录中',
  'for fish': '用于 fish',
  'bundle to write (default: ./PRODUCT.bundle, outside of build contexts)':
    '要写的离线包（默认：./PRODUCT.bundle，位于构建上下文之外）',
  'checks to ignore, comma-separated or repeated': '要忽略的检查，以逗号分隔或重复使用',
  'Checks whether this host meets the requirements of a bundle, before anything changes: platform, engine, the Compose plugin, disk space for new images and files, another application of that name, ports, names and subnets already in use, profiles, limits of memory and processors, GPUs, devices, drivers and kernel modules, files of secrets, settings without a value, and files and folders that services mount. Prints one line for each check, and what to do.\n\n`bundle import` makes the same checks first. Without --up, a missing requirement of the start is only a warning there.':
    '在做任何改动之前，检查本机是否满足离线包的要求：平台、引擎、Compose 插件、新镜像和文件所需的磁盘空间、同名的其他应用、已占用的端口、名称和子网、profile、内存和处理器上限、GPU、设备、驱动和内核模块、secret 文件、没有值的配置，以及服务挂载的文件和目录。每项检查显示一行，并说明处理办法。\n\n`bundle import` 会先做同样的检查。不带 --up 时，与启动有关的问题只作为警告。',
  'write the images of a bundle into one archive for other engines':
    '把离线包的镜像写成一个归档，供其他引擎使用',
  'Writes the images of a bundle into one tar archive, for engines that `bundle import` does not work with: k3s, RKE2 and k0s load it from their images folder, containerd with ctr, others with podman load, docker load or skopeo. No engine is needed.\n\nWith --format oci, the archive is an OCI image layout with the manifest.json of docker save. Layers stay compressed with zstd, and images keep the digests of the bundle. With --format docker, layers are uncompressed, for tools that read no zstd.\n\nEvery byte is checked while it is written.':
    '把离线包的镜像写成一个 tar 归档，供 `bundle import` 不支持的引擎使用：k3s、RKE2 和 k0s 从镜像目录加载，containerd 用 ctr，其他用 podman load、docker load 或 skopeo。不需要引擎。\n\n加 --format oci 时，归档是带有 docker save 的 manifest.json 的 OCI 镜像目录。层保持 zstd 压缩，镜像的摘要与离线包中的相同。加 --format docker 时，层不压缩，供不能读取 zstd 的工具使用。\n\n写出时校验每个字节。',
  'archive to write; - for the standard output': '要写的归档；- 表示标准输出',
  'form of the archive (default: oci)': '归档的格式（默认：oci）',
  'image or service to write, repeatable (default: all)': '要写的镜像或服务，可重复（默认：全部）',
  'k3s loads it when it starts': 'k3s 启动时加载',
  'into containerd': '加载到 containerd',
  'the image of one service': '一个服务的镜像',
  'also pack a list of the packages inside the images': '同时打包镜像中软件包的列表',
  'Shows which images, layers, files and settings (variables of env.example, keys of the Compose file) were added, removed or changed from one bundle to another, and how many bytes are new. Reads bundle.json and small files only. Also takes a bundle.json alone, without a comparison of the settings. Where both bundles carry a list of packages, also which packages inside the images were added, removed or updated. With --packages, the layers of the images that changed are read for that.':
    '显示从一个离线包到另一个，哪些镜像、层、文件和配置（env.example 的变量、Compose 文件的键）增加、删除或改变，以及有多少新的字节。只读取 bundle.json 和小文件。也可以使用单独的 bundle.json，此时不比较配置。两个离线包都带有软件包列表时，还显示镜像中哪些软件包增加、删除或更新。加 --packages 时，为此读取有变化的镜像的层。',
  'compare the packages inside the images, also without a list in the bundles':
    '比较镜像中的软件包，即使离线包中没有列表',
  'show the configuration and where each value comes from': '显示配置，以及每个值的来源',
  'Shows the configuration and where each value comes from. The command line comes before the environment, the environment before ~/.config/bundle/config.yaml, and that before /etc/bundle/config.yaml. A bundle spec comes before both files. A value of a file that does not go together with an option on the command line does not count, such as `docker-host` beside --from.\n\nA key of such a file is the long name of an option, such as `state-dir: /srv/bundle` or `color: false`. It holds for every command with that option, or for one command in its section, such as `export: {split: dvd}`. Permissions, trust and answers cannot be configured. A file of the current folder is never read.':
    '显示配置，以及每个值的来源。命令行优先于环境变量，环境变量优先于 ~/.config/bundle/config.yaml，后者优先于 /etc/bundle/config.yaml。离线包 spec 优先于这两个文件。文件中的值如果不能与命令行的选项同时使用，就不起作用，例如有 --from 时的 `docker-host`。\n\n文件中的键是选项的长名称，例如 `state-dir: /srv/bundle` 或 `color: false`。它对所有具有该选项的命令有效，或者写在某个命令的部分中，只对该命令有效，例如 `export: {split: dvd}`。权限、信任和回答不能配置。绝不读取当前目录中的文件。',
  'all keys with their values': '所有的键和值',
  'expected SERVICE=IMAGE': '应为 SERVICE=IMAGE',
  'turn a folder of image tars and a Compose file into a bundle':
    '把镜像 tar 和 Compose 文件的目录转换成离线包',
  'Turns a folder made by hand into a bundle: image tars, a Compose file, its configuration and checksum lists. No engine is needed, and nothing in the folder changes.\n\nReads tars of docker save and podman save, of every version, and OCI image layouts in a tar; plain, or compressed with gzip, zstd or xz; one image or several in each. Layers that images share are stored once.\n\nEvery file named by a checksum list is checked first (SHA-256). One that disagrees is an error.\n\nPacks what the Compose file mounts, as `bundle export` does. Values of .env files stay here. --dry-run says for each file what becomes of it.':
    '把手工制作的目录转换成离线包：镜像 tar、Compose 文件、其配置和校验和列表。不需要引擎，目录中的内容不变。\n\n能读取各个版本的 docker save 和 podman save 的 tar，以及 tar 中的 OCI 镜像目录；未压缩，或以 gzip、zstd、xz 压缩；每个含有一个或多个镜像。镜像共用的层只存一份。\n\n先检查校验和列表中的每个文件（SHA-256）；不符即为错误。\n\n与 `bundle export` 一样打包 Compose 文件挂载的内容。.env 文件的值留在本机。--dry-run 说明每个文件会怎样处理。',
  'the folder delivery, as a single file': '目录交付，写成单文件',
  'what becomes of each file; nothing is written': '每个文件会怎样处理；不写任何文件',
  'an image with another name in its tar': '在 tar 中使用另一个名称的镜像',
  'images in no tar come from the engine': '不在 tar 中的镜像取自引擎',
  'folder with image tars and a Compose file': '含有镜像 tar 和 Compose 文件的目录',
  'Compose file, if the folder has several; repeatable, merged in this order':
    '目录中有多个时的 Compose 文件；可重复，按此顺序合并',
  'say what becomes of each file; write nothing': '说明每个文件会怎样处理；不写任何文件',
  'image of a service, as its tar names it, or the tar itself; repeatable':
    '服务的镜像：tar 中的名称，或 tar 本身；可重复',
  'where to take images that are in no tar: engine, registry, oci:DIR, oci-archive:FILE or docker-archive:FILE':
    '不在 tar 中的镜像从哪里获取：engine、registry、oci:DIR、oci-archive:FILE 或 docker-archive:FILE',
  'do not check the checksum lists of the folder': '不检查目录中的校验和列表',
  'file or folder to pack as well, repeatable': '还要打包的文件或目录，可重复',
  'pack this secret: its name as the command prints it, a file, or a folder with / at its end; repeatable':
    '打包该机密：命令显示的名称、文件，或以 / 结尾的目录；可重复',
  'platform of the offline host (default: the one of all images)':
    '离线主机的平台（默认：所有镜像的平台）',
  'pack neither this command nor Compose, for an offline host that has them':
    '不打包本命令和 Compose，用于已有它们的离线主机',
  'layer cache, for quicker runs (also: BUNDLE_LAYER_CACHE; default: in the cache folder of the user)':
    '层缓存，用于加快运行（也可用 BUNDLE_LAYER_CACHE；默认：位于用户的缓存目录）',
  'bundle to write (default: ./PRODUCT.bundle)': '要写的离线包（默认：./PRODUCT.bundle）',
  'asking the engine': '查询引擎',
  'writing the page': '写出页面',
  'writing the receipt': '写出回执',
  'checking this host': '检查本机',
  'reading the log': '读取日志',
  'reading the releases': '读取版本',
  'reading the receipts': '读取回执',
  'asking systemd': '查询 systemd',
  'looking through the cache': '查看缓存',
};
