import type { Catalogue } from '../translator.ts';

/** Kits of programs. */
export const kit: Catalogue = {
  'carry the programs of bundles once for each host': '每台主机只携带一次离线包的程序',
  'With -o, writes a kit: one file with this command, and the Compose and buildx plugins of this machine. With a file, installs that kit on this host, in the state folder, in place of the previous one; as root also as /usr/local/bin/bundle, if that name is free.\n\nAll releases of the host then use these programs, so its bundles need none: --no-runtime leaves them out, and `bundle export --for` does so by itself.\n\nA kit is checked before it is installed, as a bundle is: every byte, its platform, and its signature if this host trusts keys.':
    '加 -o 时写出一个工具包：一个文件，含有本命令以及本机的 Compose 和 buildx 插件。给出文件时，把该工具包安装到本机的状态目录，取代之前的工具包；以 root 运行且该名称未被占用时，还会安装为 /usr/local/bin/bundle。\n\n此后本机的所有版本都使用这些程序，因此离线包无需再携带：--no-runtime 不打包程序，`bundle export --for` 会自动不打包。\n\n工具包在安装前与离线包一样接受检查：每个字节、平台，以及本机信任密钥时的签名。',
  'kit to install': '要安装的工具包',
  'kit to write': '要写的工具包',
  'replace an existing kit': '替换已有的工具包',
  'platform of the hosts (default: that of this machine)': '主机的平台（默认：本机的平台）',
  'install only the kit with this identity': '只安装具有该标识的工具包',
  'on the offline host, which has no command yet': '在还没有本命令的离线主机上',
  'installs it': '安装工具包',
  Wrote: '已写出',
  Installed: '已安装',
  'On each offline host': '在每台离线主机上',
  'Start it as': '启动方式',
  'no Compose': '无 Compose',
  'no buildx': '无 buildx',
  '{0} is something else, and stays as it is': '{0} 是其他文件，保持不变',
  'the command line of kit': 'kit 的命令行',
  'either -o FILE, to write a kit, or a kit to install':
    '用 -o FILE 写出工具包，或给出要安装的工具包',
  'reading the kit': '读取工具包',
  'a kit of schema version 1': 'schema 版本 1 的工具包',
  'Get the kit again from its source.': '请从来源重新获取工具包。',
  'Install it with the command in it: tar -xf KIT runtime/bundle':
    '请用其中的命令安装：tar -xf KIT runtime/bundle',
  'a file that `bundle kit -o FILE` made': '由 `bundle kit -o FILE` 生成的文件',
  'Give a file that `bundle kit -o FILE` made; a bundle is imported with `bundle import`.':
    '请给出由 `bundle kit -o FILE` 生成的文件；离线包用 `bundle import` 导入。',
  'a kit for {0}': '用于 {0} 的工具包',
  'Make one for this platform, with --platform or on a machine of that platform.':
    '请用 --platform 或在该平台的机器上为本平台制作工具包。',
  'a kit, which has the programs of bundles and no application':
    '工具包，只含离线包的程序，不含应用',
  'Install it on this host: bundle kit {0}': '请在本机安装：bundle kit {0}',
  'copying the command to': '复制命令到',
};
