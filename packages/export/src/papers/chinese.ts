import { paths } from '@bundle/format';
import type { IncrementalFacts, PaperTexts, ReadmeFacts } from './texts.ts';

export const chinese: PaperTexts = {
  readme: (facts) => [page(facts), details(facts)].join('\n'),

  quickRebuild: ({ product, version }, recipes) => {
    const first = recipes[0]?.services[0] ?? '';
    const menu = [...recipes.map(({ services }) => services.join(', ')), '全部'];
    return `${product} ${version}：不联网，用改过的源代码重建镜像

1. 导入离线包（只需一次）：      bundle import 离线包
2. 进入项目源代码目录：          cd 项目目录        （Compose 文件所在的目录）
3. 修改源代码。
4. 重建镜像并启动：              bundle rebuild ${first} --up

不写服务名时会显示菜单：
${menu.map((name, index) => `   ${index + 1}  ${name}`).join('\n')}

新镜像有问题？                   bundle rebuild --undo ${first} --up
本机没有源代码？                 bundle source     （离线包带有源代码时可用）
本机没有 bundle 命令？           sh build-cache/rebuild.sh ${first} --source 项目目录 --up
没有成功？                       bundle doctor
详细说明：                       build-cache/README.md
`;
  },

  rebuildReadme: ({ product, version }, recipes, engine) => {
    const rows = recipes.map(
      ({ services, image, context, stages, bases }) =>
        `| ${services.join(', ')} | \`${image}\` | \`${context}\` | ${stages.map(({ name }) => name).join(', ')} | ${bases.map(({ reference }) => `\`${reference}\``).join(', ') || '-'} |`,
    );
    return `# 离线重建 ${product} ${version}

| 服务 | 镜像 | 构建目录 | 构建阶段 | 基础镜像 |
|---|---|---|---|---|
${rows.join('\n')}

各构建阶段由 Docker ${engine} 构建，结果随离线包中的镜像一起提供；在本机构建时，没有变化的步骤全部复用。

- \`bundle rebuild [服务...] [--source 目录] [--build-arg 名称=值] [--up]\`：先把源代码与导出时的内容比较，如果某个步骤需要联网，就在构建之前停下；
  恢复 U 盘丢失的文件权限；原镜像另存为单独的名称。
- \`sh rebuild.sh\` 的参数和菜单与上面相同。有 bundle 命令时（本目录旁边的 \`runtime/bundle\`，或 PATH 中的 \`bundle\`）由它执行；
  否则直接使用 \`docker buildx\`：只比较依赖步骤的输入（内容和权限），不比较 Dockerfile 和基础镜像，也不恢复权限。
  需要联网的步骤会失败，镜像保持不变。
- 重建失败时，\`bundle doctor\` 会说明缺少什么；它不改动任何东西。

文件：\`${paths.recipes}\` 记录每个镜像如何构建、由什么构建；\`${paths.buildCacheLayout}\` 是缓存元数据，供使用 containerd 镜像存储的引擎使用。
基础镜像和名为 \`bundle-cache/${product}\` 的镜像都在离线包中。\`docker image prune -a\` 会从引擎中删除它们；再次 \`bundle import\` 同一个离线包即可恢复。
`;
  },
};

/** Writes the page for somebody who has nothing but the bundle and a host. */
function page(facts: ReadmeFacts): string {
  const { product, version, title, created, platform } = facts;
  return `${title === undefined ? '' : `${title}\n`}${product} ${version}
制作时间 ${created}，适用平台 ${platform}。全程不需要网络。

一、您手上有  本目录。如果还是单个文件（.tar），请先解包：  tar -xf 文件
    您需要    ${needs(facts)}

二、在本目录中输入
      ${startLine(facts)}
    它会校验每个文件、加载镜像${facts.toFill.length === 0 ? '' : `、询问 ${facts.toFill.join('、')}`}，然后启动应用。

三、成功的标志：最后几行显示 ${product} ${version} 正在运行${facts.webPort === undefined ? '' : `，并且能打开网页  http://本机地址:${facts.webPort}`}

四、没有成功：看到什么，怎么办
    permission denied（权限不够）    在命令前加 sudo；或者把用户加入 docker 组后重新登录
    引擎没有响应                     启动 Docker：  systemctl start docker
    端口已被占用                     停掉占用端口的程序（用 ss -ltnp 查看），或在配置中换一个端口
    磁盘已满                         清理磁盘空间：  df -h;  docker system df
    被改动或已损坏                   从来源处重新复制离线包；此时尚未加载任何内容
    适用于 linux/...                 处理器类型不同（uname -m）：请发送方提供对应的离线包
    没有值                           把值写入提示中的文件，再输入一次命令
    不健康（unhealthy）              用 bundle logs 查看原因；如果之前有版本在运行，它已恢复运行
    其他情况                         把屏幕上的全部内容发给发送方

五、日常操作  （bundle 指 ${laterCommand(facts)}）
    bundle status                    查看正在运行的版本及其状态
    bundle logs --tail 100           查看各服务最近的日志
    bundle up                        重新启动，或在修改配置后启动
    bundle rollback                  回滚到之前运行的版本
    bundle service install           设置为开机自动启动
    ${facts.canRebuild ? 'bundle rebuild 服务 --up         用改过的源代码重建镜像，见 build-cache/QUICK_REBUILD.txt\n    ' : ''}新版本也是这样一个离线包：重复以上步骤即可，配置和数据保持不变。

六、数据      ${facts.volumes.length === 0 ? '本应用没有使用数据卷。' : `保存在数据卷 ${facts.volumes.join('、')} 中，更换版本时保持不变。`}

七、核对      把下面这行命令的结果读给发送方听，两边必须一致：
      sha256sum ${paths.manifest}
${sender(facts)}`;
}

function needs({ carriesCommand, unpackedBytes, ports }: ReadmeFacts): string {
  return [
    carriesCommand ? 'Docker 20.10 或更高版本' : 'Docker 23 或更高版本，带 Compose 插件',
    'root 用户或 docker 组的用户',
    `${Math.max(1, Math.ceil(unpackedBytes / 1e6))} MB 可用磁盘空间`,
    ...(ports.length === 0 ? [] : [`空闲端口 ${ports.join('、')}`]),
  ].join('；');
}

function startLine({ command, incremental }: ReadmeFacts): string {
  return incremental === undefined ? `sh ${paths.installScript}` : `${command} import . --up`;
}

function laterCommand({ product, carriesCommand }: ReadmeFacts): string {
  return carriesCommand
    ? `/var/lib/bundle/${product}/current/${paths.runtime}`
    : '本机已安装的命令；如果没有，请在 install.sh 提示的目录中使用 docker compose';
}

function sender({ contact, notes }: ReadmeFacts): string {
  const indented = (text: string): string => text.replaceAll('\n', '\n              ');
  return [
    ...(contact === undefined ? [] : [`\n八、联系人    ${indented(contact)}\n`]),
    ...(notes === undefined ? [] : [`\n    备注      ${indented(notes)}\n`]),
  ].join('');
}

/** Says what the page leaves out. */
function details(facts: ReadmeFacts): string {
  return `${'-'.repeat(100)}
以下内容供工程师参考

${checkFirst(facts)}

${facts.incremental === undefined ? whole(facts) : incremental(facts, facts.incremental)}
${paths.imagesInfo} 列出镜像，${paths.manifest} 描述全部内容。
`;
}

/** Explains how to check the bundle with tools of the host, before anything of it runs. */
function checkFirst({ carriesCommand, incremental, listCommand }: ReadmeFacts): string {
  const scripts = incremental === undefined ? [paths.installScript] : [];
  const programs = [...scripts, ...(carriesCommand ? [paths.runtime] : [])];
  const come =
    programs.length === 0
      ? ''
      : `   ${programs.join(' 和 ')} 由本离线包自带：从中启动的任何程序，都在校验之前就已运行。\n`;
  return `运行之前的校验
${come}   本机已有 bundle 命令时，请使用本机的命令：  bundle import .
   否则，请用本机的工具先核对签名者，再校验每个文件（下面这行命令也随离线包而来，请与命令手册中的对照）。
   KEYS 是您信任的密钥列表，NAME 是其中的一个签名者：

   ssh-keygen -Y verify -f KEYS -I NAME -n bundle-manifest@v1 -s ${paths.signature} <${paths.manifest} && ${listCommand} | sha256sum -c

   没有签名时，请把 \`sha256sum ${paths.manifest}\` 的结果与对方告知的摘要比较，再执行上面命令的后半部分。`;
}

function whole({ carriesCommand, command, examples }: ReadmeFacts): string {
  const withCommand = carriesCommand
    ? '使用离线包自带的命令（需要 gzip、glibc 2.28 或更高版本、libstdc++；它会解压到 ~/.cache 或 $TMPDIR）'
    : '使用 bundle 命令';
  const singleFile = carriesCommand
    ? `单文件离线包：先解出命令  tar -xf 文件 ${paths.runtime}
再执行  ${command} import 文件。其余步骤需要全部解包：  tar -xf 文件`
    : '单文件离线包：不使用 bundle 命令的步骤需要先解包（tar -xf 文件）。';
  const made = examples.map(
    ({ line, isToFill }) => `   ${line}${isToFill ? '   # 然后填写' : ''}\n`,
  );
  return `一步完成：校验、加载、启动
   sh ${paths.installScript}        说明见 sh ${paths.installScript} --help

${withCommand}
   ${command} verify .      校验每个字节
   ${command} import .      加载镜像，并说明如何启动应用
   ${command} --help        列出其他命令
${carriesCommand ? `   介质上不允许运行程序时：  sh ${paths.runtime} import .\n` : ''}
不使用 bundle 命令
   sha256sum -c ${paths.checksums}
   tar -C ${paths.imagesDir} -cf - . | docker load
${made.join('')}   docker compose -f ${paths.compose} -f ${paths.composeOffline} up -d --pull never --no-build

${singleFile}
\`docker load -i 文件\` 只加载单文件离线包中的镜像，不做其他事情。
配置：${paths.envExample} 列出全部配置项；请把您的值写入 ${paths.compose} 旁边的 .env 文件。`;
}

/** Neither `docker load` nor install.sh could tell whether the host has the rest of an incremental bundle. */
function incremental(
  { command }: ReadmeFacts,
  { base, omitted, deltas }: IncrementalFacts,
): string {
  const on =
    base === undefined
      ? '针对提供了清单的主机制作'
      : `以 ${base.product} ${base.version}（${base.digest}）为基础`;
  return `这是增量离线包：${on}。
其中省略了主机上已有的 ${omitted} 个层${deltas === 0 ? '' : `，\n另有 ${deltas} 个层只包含与旧层的差异`}，因此只能用 bundle 命令导入。
该命令在改动之前会先检查这些层是否存在：
   ${command} verify .      校验每个字节
   ${command} import .      加载新增内容，并说明如何启动应用

不要使用 \`docker load\`：在 containerd 镜像存储下，它会留下损坏的镜像。
${paths.manifest} 中的 "omitted" 是省略的层${deltas === 0 ? '。' : '；"deltas" 是以差异方式携带的层，需要支持格式 1.8 的程序。'}`;
}
