import type { Catalogue } from '../translator.ts';

/** Errors of Compose and env files. */
export const compose: Catalogue = {
  'line {0}: {1} of "{2}"': '第 {0} 行："{2}" 的 {1}',
  'config {0}': 'config {0}',
  'secret {0}': 'secret {0}',
  'no mapping at the top level': '最上层不是映射',
  'line {0}': '第 {0} 行',
  '{0}: the service "{1}" is run by a provider, which a bundle cannot contain':
    '{0}：服务 "{1}" 由 provider 运行，离线包无法包含',
  '{0}: the service "{1}" uses a model of Docker Model Runner, which a bundle cannot contain':
    '{0}：服务 "{1}" 使用 Docker Model Runner 的模型，离线包无法包含',
  '{0}: {1} from "{2}", which is remote': '{0}：{1} 来自远程的 "{2}"',
  'not a regular file': '不是普通文件',
  '{0} bytes; the limit is {1}': '{0} 字节；上限为 {1}',
  'reading the Compose file': '读取 Compose 文件',
  'a Compose file': 'Compose 文件',
  'a valid Compose project of local files': '由本地文件组成的有效 Compose 项目',
  'Fix the file, then export again.': '请修正该文件，然后重新导出。',
  'writing a variable to an env file': '把变量写入 env 文件',
  'a name of letters, digits and "_"': '由字母、数字和 "_" 组成的名称',
  'a name that Compose cannot read': 'Compose 无法读取的名称',
  'Use another name.': '请使用其他名称。',
  'a NUL character, which no environment variable can hold': 'NUL 字符，环境变量不能包含',
  'half of a character (a lone surrogate), which UTF-8 cannot hold':
    '半个字符（单独的代理项），UTF-8 无法表示',
  'a text': '文本',
  'Use another value, for example the same one in base64.': '请使用其他值，例如改用 base64。',
  '"export" without a name': '没有名称的 "export"',
  '{0} in a name': '名称中有 {0}',
  'a space in a name': '名称中有空格',
  'the value of {0} has no closing {1}': '{0} 的值没有结尾的 {1}',
  'the value of {0}: {1}': '{0} 的值：{1}',
  'reading the env file': '读取 env 文件',
  'NAME=VALUE, as Compose reads it': '名称=值，按 Compose 的读法',
  'Correct line {0}. Put a value with special characters in single quotes.':
    '请修正第 {0} 行。含有特殊字符的值请用单引号括起来。',
  'looking for a Compose file in': '查找 Compose 文件，目录',
  'none of them': '都没有',
  'Run the command in the project’s folder, or name the Compose file.':
    '请在项目目录中执行命令，或指定 Compose 文件。',
  'the variable {0} has another value here than in {1}, and a bundle has one for both: give it two names':
    '变量 {0} 在这里的值与 {1} 中的不同，而离线包对两者只有一个值：请使用两个名称',
  'seccomp profile': 'seccomp 配置',
  'in a hook': '（在 hook 中）',
  'runs privileged{0}: it can do anything on the host': '以特权模式运行{0}：可对主机做任何事',
  'has the capability {0}': '具有权能 {0}',
  'uses the device {0}': '使用设备 {0}',
  'weakens its isolation: {0}': '削弱隔离：{0}',
  'shares the host’s {0} namespace': '共享主机的 {0} 命名空间',
  'shares a namespace of the container {0}': '共享容器 {0} 的命名空间',
  'controls the container engine: it can do anything on the host': '控制容器引擎：可对主机做任何事',
  'reads or writes {0} of the host': '读写主机的 {0}',
  'runs the program {0} on the host': '在主机上运行程序 {0}',
  'of a provider': '（provider）',
  'container {0}': '容器 {0}',
  'port {0}:{1}/{2}': '端口 {0}:{1}/{2}',
  '"{0}" of {1} on line {2}': '{1} 的 "{0}"，第 {2} 行',
  'merging with {0}': '与 {0} 合并',
  'line {0}: {1}: {2}': '第 {0} 行：{1}：{2}',
  'line {0}: service {1} has neither image nor build':
    '第 {0} 行：服务 {1} 既没有 image 也没有 build',
  'service {0} extends {1}, which does not exist or extends it in turn':
    '服务 {0} 继承 {1}，而后者不存在或又继承自它',
  'resolving the Compose project of': '解析 Compose 项目',
  'the compose plugin, for {0}': 'Compose 插件，用于 {0}',
  'neither `docker compose` nor `docker-compose` version 2 on this machine':
    '本机既没有 `docker compose`，也没有版本 2 的 `docker-compose`',
  'Install the compose plugin, or export from a single standalone Compose file.':
    '请安装 Compose 插件，或从单个独立的 Compose 文件导出。',
  'invalid interpolation{0}': '无效的变量替换{0}',
  ': "${" without the name of a variable': '："${" 后没有变量名',
  ' of the variable {0}': '（变量 {0}）',
  'required variable {0} is missing a value{1}': '必填的变量 {0} 没有值{1}',
  'the volume {0}': '数据卷 {0}',
  '{0} services; {1} are the most': '{0} 个服务；最多 {1} 个',
  'more than {0} published ports': '发布的端口超过 {0} 个',
};
