import type { Catalogue } from '../translator.ts';

/** Errors of engines. */
export const engine: Catalogue = {
  'a password or more than an address': '密码，或不只是地址',
  'reading the engine address': '读取引擎地址',
  'Correct --docker-host, DOCKER_HOST or the docker context.':
    '请修正 --docker-host、DOCKER_HOST 或 docker context。',
  'looking for the buildx plugin of docker': '查找 docker 的 buildx 插件',
  'version {0} or later': '{0} 或更高版本',
  'Install the package docker-buildx-plugin (Docker’s own) or docker-buildx (Debian’s), or import a bundle that carries buildx.':
    '请安装软件包 docker-buildx-plugin（Docker 官方）或 docker-buildx（Debian），或导入带有 buildx 的离线包。',
  building: '构建',
  'docker buildx failed without a message': 'docker buildx 失败，没有给出信息',
  'Free space in the engine’s data folder (see `docker system df`; `docker builder prune` takes nothing that rebuilds need), then run the command again. The image is unchanged.':
    '请在引擎的数据目录释放空间（见 `docker system df`；`docker builder prune` 不会删除重建所需的内容），然后重新执行命令。镜像没有变化。',
  'Fix what failed, then run the command again.': '请修正失败的部分，然后重新执行命令。',
  'reading the progress of docker buildx': '读取 docker buildx 的进度',
  '{0}, in {1}': '{0}，位于 {1}',
  'This version of buildx is not supported: use another one, or a newer release of this program.':
    '不支持这个版本的 buildx：请换用其他版本，或使用更新的 bundle 命令。',
  'running docker compose': '运行 docker compose',
  'the compose plugin, version 2 or later': 'Compose 插件，2 或更高版本',
  'Install the docker-compose plugin (package docker-compose-plugin or docker-compose).':
    '请安装 docker-compose 插件（软件包 docker-compose-plugin 或 docker-compose）。',
  'a command that succeeds': '命令执行成功',
  'Free space in the engine’s data folder (see `docker system df`), then run the command again.':
    '请在引擎的数据目录释放空间（见 `docker system df`），然后重新执行命令。',
  'Fix the build; `docker compose build` shows all of it.':
    '请修正构建；`docker compose build` 会显示全部输出。',
  'starting the services': '启动服务',
  'starting new containers beside the running ones': '在正在运行的容器旁边启动新容器',
  'stopping the services': '停止服务',
  'removing the containers': '删除容器',
  'reading the logs': '读取日志',
  'See `docker compose logs` of these services.': '请看这些服务的 `docker compose logs`。',
  'See the engine’s own log for more.': '更多信息请看引擎自己的日志。',
  'reading the Compose project': '读取 Compose 项目',
  'a project that docker compose accepts': 'docker compose 能接受的项目',
  'Create that env file first; an empty one is enough, because its values are not packed.':
    '请先建立该 env 文件；空文件即可，因为不会打包其中的值。',
  'Two services of the chosen profiles are alternatives: choose one of their profiles with COMPOSE_PROFILES.':
    '所选 profile 中有两个服务互相替代：请用 COMPOSE_PROFILES 选择其中一个 profile。',
  'The folder’s name has no letter for a project name: name the application with --name.':
    '目录名中没有可用于项目名称的字母：请用 --name 为应用命名。',
  'Fix what docker compose reports; `docker compose config` shows the same error.':
    '请修正 docker compose 报告的问题；`docker compose config` 会显示同样的错误。',
  'reading the docker context': '读取 docker context',
  'its address in {0}/contexts': '{0}/contexts 中它的地址',
  'See `docker context ls`, or name the engine with --docker-host.':
    '请看 `docker context ls`，或用 --docker-host 指定引擎。',
  'reading the docker configuration': '读取 docker 的配置',
  'Correct the file, or name the engine with --docker-host.':
    '请修正该文件，或用 --docker-host 指定引擎。',
  'changing images of': '改动镜像，位于',
  'an engine': '引擎',
  'a source of images, which is only read': '只能读取的镜像来源',
  'Leave out --from.': '请去掉 --from。',
  'looking for an image in': '查找镜像，位于',
  'images without names': '没有名称的镜像',
  'Add the image there under the name that the Compose file has.':
    '请在其中以 Compose 文件中的名称加入该镜像。',
  'choosing the image': '选择镜像',
  'no platform': '没有平台',
  'Choose another platform with --platform, or another image.':
    '请用 --platform 选择其他平台，或选择其他镜像。',
  'choosing the engine': '选择引擎',
  '"docker" or "oci:FOLDER"': '"docker" 或 "oci:目录"',
  'Correct --engine or BUNDLE_ENGINE.': '请修正 --engine 或 BUNDLE_ENGINE。',
  'a Docker engine, which can run containers': '能运行容器的 Docker 引擎',
  'choosing the source of the images': '选择镜像来源',
  'Correct --from.': '请修正 --from。',
  'reading old layers': '读取旧的层',
  'reading the client certificate in': '读取客户端证书，位于',
  'cert.pem and key.pem': 'cert.pem 和 key.pem',
  'no {0}': '没有 {0}',
  'Copy the missing file there, or name another folder with DOCKER_CERT_PATH.':
    '请把缺少的文件复制到那里，或用 DOCKER_CERT_PATH 指定其他目录。',
  'the registries of the images': '各镜像的镜像仓库',
  'a registry without a place': '没有位置的镜像仓库',
  '{0} layers and {1} diff IDs': '{0} 个层，而 diff ID 有 {1} 个',
  'a config of the type {0}: {1}': '{0} 类型的配置：{1}',
  'reading the manifest of': '读取镜像清单',
  'an image manifest or index of version 2, or of the OCI image-spec':
    '版本 2 或 OCI image-spec 的镜像清单或索引',
  'a manifest of the old version 1': '旧版本 1 的清单',
  'another document': '其他文档',
  'Push the image again with a current version of Docker.':
    '请用当前版本的 Docker 重新推送该镜像。',
  'a container image': '容器镜像',
  'Check the name of the image.': '请检查镜像的名称。',
  pulling: '拉取',
  'an engine that can pull': '能拉取镜像的引擎',
  'Copy the image into the layout first, for example with `skopeo copy`.':
    '请先把镜像复制到镜像目录，例如用 `skopeo copy`。',
  'no index.json in it': '其中没有 index.json',
  '{0}, which is not an image': '{0}，它不是镜像',
  'loading images into': '把镜像加载到',
  'saving images of': '保存镜像，位于',
  'Copy the image into the layout, named by the annotation io.containerd.image.name.':
    '请把镜像复制到镜像目录，并以注解 io.containerd.image.name 命名。',
  'image index': '镜像索引',
  'oci-layout file': 'oci-layout 文件',
  'The image layout is damaged: copy the image into it again.': '镜像目录已损坏：请重新复制镜像。',
  'image manifest or index': '镜像清单或索引',
  'image config': '镜像配置',
  'no such blob, or one of another size': '没有该数据块，或大小不符',
  'The image layout is incomplete: copy the image into it again.':
    '镜像目录不完整：请重新复制镜像。',
  'OCI image layout {0}': 'OCI 镜像目录 {0}',
  'an {0} of the OCI image-spec': 'OCI image-spec 的 {0}',
  'The image layout is damaged, or this is not an image: copy it into the layout again.':
    '镜像目录已损坏，或者这不是镜像：请重新复制到镜像目录。',
  'a complete OCI image layout whose blobs match the digests in their names':
    '完整的 OCI 镜像目录，其中数据块与名称中的摘要一致',
  'Make the archive again.': '请重新制作该归档。',
  'reading the environment variables of docker': '读取 docker 的环境变量',
  'Correct or unset DOCKER_HOST and DOCKER_CERT_PATH.':
    '请修正或取消 DOCKER_HOST 和 DOCKER_CERT_PATH。',
  'reading the engine’s answer': '读取引擎的回答',
  'This may not be a Docker engine, or its version is not supported.':
    '它可能不是 Docker 引擎，或其版本不受支持。',
  'removing a container on': '删除容器，引擎',
  'making a container on': '创建容器，引擎',
  'inspecting a container on': '查看容器，引擎',
  'listing containers of': '列出容器，引擎',
  'listing volumes of': '列出数据卷，引擎',
  'starting a container on': '启动容器，引擎',
  'waiting for a container on': '等待容器，引擎',
  'reading logs of': '读取日志，引擎',
  'preparing a command in a container of': '准备在容器中执行命令，引擎',
  'running a command in a container of': '在容器中执行命令，引擎',
  'asking for its end': '查询其结束状态',
  'stopping a container on': '停止容器，引擎',
  'reading a volume of': '读取数据卷，引擎',
  'removing the volume {0} of': '删除数据卷 {0}，引擎',
  'making the volume {0} of': '创建数据卷 {0}，引擎',
  'writing the volume {0} of': '写入数据卷 {0}，引擎',
  'asking the engine at': '查询引擎',
  'inspecting {0} on the engine at': '查看 {0}，引擎',
  'removing the note {0} on': '删除标记 {0}，引擎',
  'listing images of': '列出镜像，引擎',
  'asking for the disk usage of': '查询磁盘占用，引擎',
  'asking what is taken on': '查询已占用的名称和端口，引擎',
  'pulling {0} with the engine at': '拉取 {0}，引擎',
  'saving images of the engine at': '保存镜像，引擎',
  'loading images into the engine at': '加载镜像，引擎',
  'tagging {0} on the engine at': '为 {0} 打标签，引擎',
  'removing the name {0} on': '删除名称 {0}，引擎',
  'reading the notes on': '读取标记，引擎',
  'leaving a note on': '写入标记，引擎',
  'every blob of the images, in the archive or on the engine': '镜像的每个数据块都在归档或引擎中',
  'Load an archive that contains all of their layers.': '请加载含有它们全部层的归档。',
  'tagging an image of the engine at': '为镜像打标签，引擎',
  'See `docker images`.': '请看 `docker images`。',
  'server error': '服务器错误',
  'reaching the Docker engine at': '连接 Docker 引擎',
  'Check the image’s name, and that the engine reaches its registry and may pull it there (docker login).':
    '请检查镜像的名称，以及引擎能否访问其镜像仓库并有权拉取（docker login；国内网络可能需要镜像加速或代理）。',
  'The engine speaks TLS: set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem.':
    '引擎使用 TLS：请设置 DOCKER_TLS_VERIFY=1，并把 DOCKER_CERT_PATH 设为含有 ca.pem、cert.pem 和 key.pem 的目录。',
  'an engine that accepts only TLS connections': '只接受 TLS 连接的引擎',
  'The engine stopped, or the connection to it was lost. Check that the engine is running, then run the command again.':
    '引擎已停止，或与它的连接中断。请确认引擎正在运行，然后重新执行命令。',
  'a connection that was cut ({0})': '连接被中断（{0}）',
  'Only root and the members of the group docker may use this socket: run the command with sudo, or let an administrator add you to the group (`usermod -aG docker USER`) and log in again.':
    '只有 root 和 docker 组的成员可以使用该套接字：请用 sudo 执行命令，或请管理员把您加入 docker 组（`usermod -aG docker 用户`），然后重新登录。',
  'Start the engine, or choose another with --docker-host, DOCKER_HOST or a docker context.':
    '请启动引擎，或用 --docker-host、DOCKER_HOST 或 docker context 选择其他引擎。',
  'The engine does not speak TLS at this address: check the port, or use tcp:// without DOCKER_TLS_VERIFY.':
    '引擎在该地址不使用 TLS：请检查端口，或使用 tcp:// 并去掉 DOCKER_TLS_VERIFY。',
  'The engine does not accept this client: check that cert.pem and key.pem (in DOCKER_CERT_PATH, or in the docker context) are signed by the authority that the engine trusts, and have not expired.':
    '引擎不接受本客户端：请检查 cert.pem 和 key.pem（在 DOCKER_CERT_PATH 或 docker context 中）是否由引擎信任的机构签发，且没有过期。',
  'The engine’s certificate is for another name: use an address named in the certificate.':
    '引擎的证书属于其他名称：请使用证书中的地址。',
  'The engine’s certificate cannot be trusted: check that ca.pem (in DOCKER_CERT_PATH, or in the docker context) is the authority that signed it, and that it has not expired. If it worked before, do not continue.':
    '无法信任引擎的证书：请检查 ca.pem（在 DOCKER_CERT_PATH 或 docker context 中）是否为签发它的机构，且没有过期。如果以前一直正常，请不要继续。',
  'checking the engine at': '检查引擎',
  'Docker 20.10 or later': 'Docker 20.10 或更高版本',
  'Docker {0} at {1}': 'Docker {0}（{1}）',
  'podman {0} at {1}': 'podman {0}（{1}）',
  'podman {0}': 'podman {0}',
  'podman cannot save an image that it got from a bundle: export it where it was built, or with --from registry.':
    'podman 无法保存从离线包得到的镜像：请在构建它的主机上导出，或用 --from registry。',
  'podman {0} or later, or Docker 20.10 or later':
    'podman {0} 或更高版本，或 Docker 20.10 或更高版本',
  'Update podman on this host, or name a Docker engine with --docker-host, DOCKER_HOST or a docker context.':
    '请更新本机的 podman，或用 --docker-host、DOCKER_HOST 或 docker context 指定 Docker 引擎。',
  'a line of JSON with Docker’s progress': '一行 JSON 格式的 Docker 进度',
  'Something between this host and the engine, such as a proxy, may have answered instead: check what is at its address.':
    '可能是本机与引擎之间的代理等程序作出了回答：请检查该地址上是什么。',
  'no manifest.json in it': '其中没有 manifest.json',
  'a manifest.json that cannot be read: {0}': '无法读取的 manifest.json：{0}',
  'The connection was lost. Check the network and that host, then run the command again.':
    '连接中断。请检查网络和对方主机，然后重新执行命令。',
  'The key of that host differs from the one that ssh knows: ask its administrator whether it was changed. If it was, remove the old key (`ssh-keygen -R HOST`) and connect once with ssh. If not, somebody else is answering there.':
    '对方主机的密钥与 ssh 记录的不同：请询问其管理员是否更换过。如果更换过，请删除旧密钥（`ssh-keygen -R 主机`）并用 ssh 连接一次；如果没有，说明有别人在那里应答。',
  'ssh does not know this host yet: connect to it once with ssh, compare the fingerprint with the one from its administrator, and answer yes.':
    'ssh 还不认识这台主机：请用 ssh 连接一次，与管理员提供的指纹比较，然后回答 yes。',
  'ssh would have to ask for a password or a passphrase, or the host does not know your key. Add the key to the agent (`ssh-add`), or your public key to the host (`ssh-copy-id`), until `ssh -o BatchMode=yes HOST true` succeeds.':
    'ssh 需要询问密码或口令，或对方主机不认识您的密钥。请把密钥加入 agent（`ssh-add`），或把公钥复制到对方主机（`ssh-copy-id`），直到 `ssh -o BatchMode=yes 主机 true` 成功。',
  'Install Docker on that host, or put its command on the PATH of commands that ssh runs (`ssh HOST docker version`).':
    '请在对方主机上安装 Docker，或使其命令位于 ssh 所用的 PATH 中（`ssh 主机 docker version`）。',
  'The user on that host may not use the engine’s socket: log in as another user, or let an administrator add this one to the group docker there.':
    '对方主机上的用户无权使用引擎的套接字：请以其他用户登录，或请管理员把该用户加入那里的 docker 组。',
  'Start the engine on that host, or name its socket: ssh://HOST/PATH.':
    '请启动对方主机上的引擎，或指定其套接字：ssh://主机/路径。',
  'Check the name and the port, that the host is up, and that its SSH server runs (`ssh HOST`).':
    '请检查名称和端口、对方主机是否开机，以及 SSH 服务是否运行（`ssh 主机`）。',
  'Install it (Debian: apt install openssh-client), or use the engine by another address.':
    '请安装它（Debian：apt install openssh-client），或使用引擎的其他地址。',
  'no ssh command on this host': '本机没有 ssh 命令',
  'ssh ended without a message': 'ssh 结束，没有给出信息',
  'Check that `ssh HOST docker version` works, then run the command again.':
    '请确认 `ssh 主机 docker version` 能够成功，然后重新执行命令。',
  'a document of at most {0} bytes': '最多 {0} 字节的文档',
  'Check that this is an archive of images.': '请检查它是不是镜像归档。',
  'the image archive {0}': '镜像归档 {0}',
  'another tar file': '其他 tar 文件',
  'an archive of docker save': 'docker save 的归档',
  'Use --from {0}:{1}.': '请使用 --from {0}:{1}。',
  'a compressed file': '压缩文件',
  'Unpack it first: `{0} {1}`.': '请先解压：`{0} {1}`。',
  'Make the archive again, and check that it was copied whole.':
    '请重新制作该归档，并检查是否复制完整。',
  'a tar file of an OCI image layout': 'OCI 镜像目录的 tar 文件',
  'a tar file of docker save': 'docker save 的 tar 文件',
  'reading the image archive': '读取镜像归档',
  'a document as docker save writes it': 'docker save 写成的文档',
  'Make the archive again with `docker save`.': '请用 `docker save` 重新制作该归档。',
  'a tar file, plain or compressed with gzip, zstd or xz':
    'tar 文件，未压缩，或以 gzip、zstd、xz 压缩',
  'a file compressed with {0}': '以 {0} 压缩的文件',
  'Check the name of the file. `docker export` writes the files of a container, not an image: use `docker save`.':
    '请检查文件名。`docker export` 写出的是容器的文件，不是镜像：请用 `docker save`。',
  'Give it a value for this run: {0}=x before the command, or in .env beside the Compose file. The value is not packed; the import asks for it.':
    '请在本次执行时给它一个值：在命令前写 {0}=x，或写在 Compose 文件旁边的 .env 中。该值不会打包；导入时会询问。',
  'reading the signature or attestation': '读取签名或证明',
  'parts of at most {0} bytes': '不超过 {0} 字节的部分',
  'Leave out --referrers, or remove this one from the registry.':
    '去掉 --referrers，或从镜像仓库中删除它。',
};
