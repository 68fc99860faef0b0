import type { Catalogue } from '../translator.ts';

/** Texts of the pages of the manual, besides those of the help. */
export const manual: Catalogue = {
  'pack and run Docker Compose applications without a network':
    '在没有网络的主机上打包和运行 Docker Compose 应用',
  'Each way to fail has its own number: `bundle explain` lists them.':
    '每种失败都有自己的编号：`bundle explain` 会列出它们。',
  'User Commands': '用户命令',
  // mandb(8) knows this title of Chinese pages.
  NAME: '名称',
  SYNOPSIS: '概述',
  DESCRIPTION: '描述',
  ARGUMENTS: '参数',
  OPTIONS: '选项',
  COMMANDS: '命令',
  EXAMPLES: '示例',
  ENVIRONMENT: '环境变量',
  FILES: '文件',
  'EXIT STATUS': '退出状态',
  'SEE ALSO': '参见',
  COMMAND: '命令',
  ARGUMENT: '参数',
  '{0}:': '{0}：',
  '{0} (one of {1})': '{0}（可选：{1}）',
  'State folder, in place of --state-dir.': '状态目录，代替 --state-dir。',
  'Engine, in place of --engine: docker or oci:PATH.': '引擎，代替 --engine：docker 或 oci:PATH。',
  'Layer cache of exports, in place of --cache; off for none.':
    '导出的层缓存，代替 --cache；off 表示不用。',
  'Language of all texts, in place of --lang: en or zh.': '所有文字的语言，代替 --lang：en 或 zh。',
  '1 adds the place in the program to errors, like --verbose.':
    '设为 1 时，错误会带上程序中的位置，与 --verbose 相同。',
  'Engine to use, as for docker.': '要使用的引擎，与 docker 相同。',
  'Credentials, as for docker.': '凭据，与 docker 相同。',
  'Compose files of an export, as for docker compose.':
    '要导出的 Compose 文件，与 docker compose 相同。',
  'Time to write into a bundle, in seconds since 1970.': '写入离线包的时间，从 1970 年起的秒数。',
  'Chinese for zh_CN, zh_SG and zh-Hans in UTF-8.':
    'zh_CN、zh_SG 和 zh-Hans 且编码为 UTF-8 时用中文。',
  'Any value turns colours off.': '设为任意值都会关闭颜色。',
  'Where the folders of a user are; relative paths are ignored.':
    '用户各目录的位置；相对路径会被忽略。',
  'State folder of root: releases, settings, journals.': 'root 的状态目录：版本、配置、运行记录。',
  'State folder of another user.': '其他用户的状态目录。',
  'Configuration of a user; `bundle config` shows it.':
    '用户的配置文件；`bundle config` 会显示它。',
  'Configuration of the host.': '主机的配置文件。',
  'Layer cache of exports.': '导出的层缓存。',
};
