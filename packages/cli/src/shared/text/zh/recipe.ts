import type { Catalogue } from '../translator.ts';

/** What changed in a source. */
export const recipe: Catalogue = {
  'the base image before line {0} is not the one of the export':
    '第 {0} 行之前的基础镜像与导出时不同',
  'line {0} is a new or changed instruction': '第 {0} 行是新增或改动的指令',
  'the build argument {0} changed': '构建参数 {0} 有变化',
  'a setting that line {0} depends on changed': '第 {0} 行依赖的设置有变化',
  '{0} is new': '新增了 {0}',
  '{0} is gone': '缺少 {0}',
  '{0} changed': '{0} 有变化',
  'the mode of {0} changed': '{0} 的权限有变化',
  'reading the build context': '读取构建上下文',
  'a folder': '目录',
  'no folder, or a file that disappeared': '没有目录，或有文件消失',
  'Check the path of the source.': '请检查源代码的路径。',
  'reading the ignore file of': '读取忽略文件',
  'names in UTF-8': 'UTF-8 编码的名称',
  'the name of {0} has other bytes': '{0} 的名称使用其他编码',
  'Rename the file, or leave it out with .dockerignore.':
    '请重命名该文件，或用 .dockerignore 排除。',
  'no FROM': '没有 FROM',
  'no stage {0}': '没有构建阶段 {0}',
  'reading the Dockerfile': '读取 Dockerfile',
  '{0}, line {1}': '{0}，第 {1} 行',
  'stages that each name their base, the target among them':
    '每个构建阶段都写明基础镜像，目标阶段也在其中',
  'Fix the Dockerfile, or the target and the build arguments in the Compose file.':
    '请修正 Dockerfile，或 Compose 文件中的目标和构建参数。',
  'line {0} requests the frontend {1}, which would have to come from a registry':
    '第 {0} 行要求使用前端 {1}，而它必须从镜像仓库获取',
  'Build with the engine’s own frontend: remove the "# syntax=" line.':
    '请使用引擎自带的前端：删除 "# syntax=" 这一行。',
  '{0} does not exist': '{0} 不存在',
  'Name the folder of the project (that of its Compose file) with --source, or fix the Compose file.':
    '请用 --source 指定项目目录（Compose 文件所在的目录），或修正 Compose 文件。',
  'an additional context names {0}, which is not an image': '附加上下文写的 {0} 不是镜像',
  'line {0} names {1}, which is not an image': '第 {0} 行写的 {1} 不是镜像',
  'line {0} has a variable in a form that is not known: {1}': '第 {0} 行的变量写法无法识别：{1}',
  'line {0} fetches {1} at each build: add --checksum=sha256:…, a whole commit for git, or put it into the context':
    '第 {0} 行每次构建都会下载 {1}：请加上 --checksum=sha256:…（git 请写完整的提交号），或把它放进构建上下文',
  'line {0} runs the ONBUILD instructions of {1}: write them into the stage itself':
    '第 {0} 行会执行 {1} 的 ONBUILD 指令：请把它们直接写进该阶段',
  'reading the source of': '读取源代码，服务',
  'a build that can be repeated without a network': '不联网也能重复的构建',
};
