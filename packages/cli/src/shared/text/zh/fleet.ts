import type { Catalogue } from '../translator.ts';

/** Deployments to several hosts by ssh. */
export const fleet: Catalogue = {
  'expected a name without a port, which is a field of its own, or an IPv6 address':
    '应为不含端口的名称（端口是单独的字段），或 IPv6 地址',
  'expected a number from 1 to 65535': '应为 1 到 65535 的数字',
  'Install sudo there, or log in as root.': '请在那里安装 sudo，或以 root 登录。',
  'deploy a bundle to a swarm, or to several hosts by ssh':
    '把离线包部署到 swarm，或通过 ssh 部署到多台主机',
  'deploy swarm [BUNDLE] imports a bundle on this manager, as `bundle import` does, and deploys it to all nodes as a stack. Without a bundle it deploys an imported release. It waits until every task runs and is healthy; otherwise it deploys the previous release again. `bundle status`, `logs`, `rollback`, `up` and `uninstall` then work on the stack.\n\nThe nodes take the images from --registry or --from-serve; without either, the images must be loaded on each node. It names each part of the Compose file without an equivalent in a stack.\n\ndeploy [BUNDLE] --hosts FILE deploys to hosts by ssh. It looks at all hosts first, sends each one only what it lacks, and starts the release there as `bundle import --up` does: one host alone, then a few at a time. If one host does not become healthy, all changed hosts roll back. The same command continues an interrupted deployment. No host needs anything but Docker and an account.':
    'deploy swarm [BUNDLE] 像 `bundle import` 一样在本管理节点上导入离线包，并以 stack 部署到所有节点。不给离线包时部署已导入的版本。它等到每个任务都运行且健康；否则重新部署之前的版本。此后 `bundle status`、`logs`、`rollback`、`up` 和 `uninstall` 都作用于该 stack。\n\n各节点从 --registry 或 --from-serve 取得镜像；两者都没有时，镜像必须已加载到每个节点。Compose 文件中在 stack 里没有对应的部分会逐一列出。\n\ndeploy [BUNDLE] --hosts FILE 通过 ssh 部署到多台主机。它先查看所有主机，只向每台主机发送它缺少的内容，并像 `bundle import --up` 一样在那里启动该版本：先单独一台，然后每次几台。如果有一台主机没有变为健康，所有已更改的主机都会回滚。同一条命令会继续被中断的部署。主机上只需要 Docker 和一个账户。',
  'swarm; or, with --hosts, the bundle': 'swarm；使用 --hosts 时为离线包',
  'hosts to deploy to by ssh: YAML, or an inventory of Ansible':
    '通过 ssh 部署到的主机：YAML，或 Ansible 的 inventory',
  'only these hosts or groups, comma-separated or repeated; with --hosts':
    '只限这些主机或组，用逗号分隔或重复给出；与 --hosts 一起使用',
  'number of hosts at a time; with --hosts (default: 5)':
    '同时处理的主机数；与 --hosts 一起使用（默认：5）',
  'hosts to change first: a number or names; with --hosts (default: 1)':
    '最先更改的主机：数量或名称；与 --hosts 一起使用（默认：1）',
  'show what each host runs; change nothing; with --hosts':
    '显示每台主机运行的内容；不作更改；与 --hosts 一起使用',
  'one host first, then five at a time': '先一台主机，然后每次五台',
  'a group of Ansible’s': 'Ansible 的一个组',
  'what each host lacks': '每台主机缺少什么',
  'what each host runs': '每台主机运行什么',
  'accept a bundle without the layers and programs of this host':
    '接受不含本机已有的层和程序的离线包',
  'The file of hosts is not valid, or has something that cannot be followed.':
    '主机文件无效，或含有无法遵循的内容。',
  'A host cannot be reached by ssh, or the connection to it was lost.':
    '无法通过 ssh 连接到主机，或连接已断开。',
  'A host did not take the release; the hosts changed before were rolled back.':
    '有主机没有接受该版本；之前更改过的主机已回滚。',
  'A host name or a user with characters that ssh or a shell could misread.':
    '主机名或用户名含有 ssh 或 shell 可能误读的字符。',
  'A template, a password or arguments of ssh in an inventory of Ansible.':
    'Ansible 的 inventory 中有模板、密码或 ssh 的参数。',
  'Correct what the message names. What belongs to ssh goes into ~/.ssh/config.':
    '更正消息中指出的内容。属于 ssh 的内容请写入 ~/.ssh/config。',
  'A host that is down, an unknown or changed host key, or a key that the host does not know.':
    '主机已关机、主机密钥未知或已更改，或主机不认识您的密钥。',
  'A connection that was cut, and could not be made again.': '连接被切断，且无法重新建立。',
  'Try `ssh -o BatchMode=yes HOST true` until it succeeds.':
    '反复尝试 `ssh -o BatchMode=yes HOST true`，直到成功。',
  'Run the deployment again: it goes on where it stopped. Leave the host out with --limit.':
    '重新运行部署：它会从停下的地方继续。也可以用 --limit 排除该主机。',
  'The release did not become healthy on a host, or could not be imported there.':
    '该版本在一台主机上没有变为健康，或无法在那里导入。',
  'Read the reason that the message gives; `bundle logs` on that host shows more.':
    '查看消息中给出的原因；在该主机上运行 `bundle logs` 可看到更多。',
  'Fix it, then run the same command again.': '解决后再次运行同一条命令。',
  'connecting to': '连接到',
  'Install it (Debian: apt install openssh-client).':
    '请安装它（Debian：apt install openssh-client）。',
  'Check that `ssh -o BatchMode=yes HOST true` works, then run the command again.':
    '确认 `ssh -o BatchMode=yes HOST true` 可用，然后再次运行该命令。',
  'neither groups nor hosts': '既没有组也没有主机',
  'groups more than 50 deep': '组的嵌套超过 50 层',
  'group {0}: expected hosts, children and vars': '组 {0}：应为 hosts、children 和 vars',
  'host {0}: expected variables': '主机 {0}：应为变量',
  'expected at most 253 characters': '应不超过 253 个字符',
  'not a host name': '不是主机名',
  'not fields of a host': '不是主机的字段',
  'no such kind of section: {0}': '没有这种段落：{0}',
  'a quotation mark without its other': '引号不成对',
  'expected NAME=VALUE after the host, found {0}': '主机之后应为 NAME=VALUE，实际为 {0}',
  'reading the hosts in': '读取其中的主机：',
  'a file of hosts (docs/fleet.md), or an inventory of Ansible in INI or YAML':
    '主机文件（docs/fleet.md），或 INI 或 YAML 格式的 Ansible inventory',
  'Correct the file, then run the command again.': '更正该文件，然后再次运行该命令。',
  'more than {0} hosts': '超过 {0} 台主机',
  'more than {0} settings': '超过 {0} 项配置',
  'more than {0} characters': '超过 {0} 个字符',
  'more than {0} hosts of groups and variables of hosts': '各组的主机和各主机的变量合计超过 {0} 个',
  'more than {0} groups': '超过 {0} 个组',
  'a host of more than {0} characters': '主机名超过 {0} 个字符',
  'more than {0} settings of all hosts together': '所有主机的配置合计超过 {0} 项',
  'a group that is its own child': '组是其自身的子组',
  '{0}: ansible_group_priority={1}: not a number': '{0}：ansible_group_priority={1}：不是数字',
  '{0}: expected hosts and defaults': '{0}：应为 hosts 和 defaults',
  '{0}: a bracket without its other': '{0}：括号不成对',
  '{0}: not a range such as [01:10] or [a:f]': '{0}：不是 [01:10] 或 [a:f] 这样的范围',
  '{0}: more than {1} hosts': '{0}：超过 {1} 台主机',
  'no host and no group {0}': '没有主机或组 {0}',
  'no host': '没有主机',
  'a program: only files are read as inventories': '是程序：只能把文件读作 inventory',
  'a file that ansible-vault encrypted': '是用 ansible-vault 加密的文件',
  'belongs into ~/.ssh/config here, where ssh itself reads it':
    '应写入 ~/.ssh/config，由 ssh 自己读取',
  'needs a key instead: nothing is asked and no password is passed on':
    '需要改用密钥：本命令不询问，也不传递密码',
  'needs sudo without a password': '需要无密码的 sudo',
  'is not followed: sudo means root': '不予遵循：sudo 即指 root',
  'ansible_connection={0}: only ssh is spoken': 'ansible_connection={0}：只支持 ssh',
  'ansible_become_method={0}: only sudo is used': 'ansible_become_method={0}：只使用 sudo',
  '{0} has a template ({{ … }}), which only Ansible can fill in':
    '{0} 含有模板（{{ … }}），只有 Ansible 能填写',
  'on {0}: {1}': '在 {0} 上：{1}',
  'Make room on that host, then run the command again: it sends only what is missing.':
    '在该主机上腾出空间，然后再次运行该命令：它只发送缺少的内容。',
  'Let that user run sudo without a password, or log in as one who may use the engine.':
    '让该用户可以无密码运行 sudo，或以可以使用引擎的用户登录。',
  'Check by hand what that host answers (`ssh HOST`), then run the command again.':
    '手动检查该主机的回答（`ssh HOST`），然后再次运行该命令。',
  'on {0}: bringing back what ran before': '在 {0} 上：恢复之前运行的内容',
  'no release ran there before, and others are imported':
    '之前那里没有运行任何版本，但已导入其他版本',
  'Stop it by hand: docker compose -p {0} down.': '请手动停止：docker compose -p {0} down。',
  'bringing back what ran before': '恢复之前运行的内容',
  'starting the release': '启动该版本',
  'a file of hosts: our own form, or an inventory of Ansible':
    '主机列表文件：我们自己的格式，或 Ansible 的 inventory',
  'looking at the hosts': '查看各主机',
  'No host was changed. Leave hosts out with --limit.':
    '没有更改任何主机。可以用 --limit 排除主机。',
  'reading the journal of the last deployment': '读取上次部署的记录',
  'Look at the hosts with --status. Then remove the file, and run the command again.':
    '请用 --status 查看各主机。然后删除该文件，再次运行该命令。',
  'writing the journal of the deployment': '写入部署的记录',
  'looking for the canary in': '查找先行的主机：',
  'the name of a host that is deployed to': '部署目标中的一台主机的名称',
  'Correct --canary: a number, or names with commas between.':
    '更正 --canary：数量，或用逗号分隔的名称。',
  deploying: '部署',
  '{0} of {1} hosts run it. The same command goes on where it stopped.':
    '{1} 台主机中有 {0} 台运行它。同一条命令会从停下的地方继续。',
  'hosts that run what ran before': '各主机运行之前的内容',
  'Look at {0} with --status. The same command first tries to bring them back again.':
    '请用 --status 查看 {0}。同一条命令会先再次尝试恢复它们。',
  'a healthy release on every host': '每台主机上都有健康的版本',
  'Every host runs what ran before.': '每台主机都运行之前的内容。',
  'Then run the same command again.': '然后再次运行同一条命令。',
  '{0}, the platform of the bundle': '{0}，即离线包的平台',
  'Leave that host out with --limit, or deploy a bundle for its platform to it.':
    '用 --limit 排除该主机，或向它部署适合其平台的离线包。',
  'looking for the command on': '查找主机上的命令：',
  'none, on {0} {1}': '没有，系统为 {0} {1}',
  '{0}, version {1}': '{0}，版本 {1}',
  'Install this version there, or deploy with the released executable or with a bundle that carries it: it is then sent.':
    '请在那里安装该版本，或用发行的可执行文件或携带它的离线包来部署：命令会随之发送。',
  'taking the inventory': '生成清单',
  'on {0}: taking the inventory': '在 {0} 上：生成清单',
  'Check what `bundle inventory` prints on that host.':
    '检查 `bundle inventory` 在该主机上的输出。',
  'asking for the status': '查询状态',
  'on {0}: asking for the status': '在 {0} 上：查询状态',
  'Check what `bundle status` prints on that host.': '检查 `bundle status` 在该主机上的输出。',
  'looking for what arrived before': '查找之前已到达的内容',
  'receiving the release': '接收该版本',
  'on {0}: checking the command that was sent': '在 {0} 上：检查发送的命令',
  'other bytes': '其他字节',
  'Run the command again: it is sent from the beginning.': '再次运行该命令：会从头发送。',
  'bringing back the hosts of the last deployment': '让上次部署的各主机恢复之前的内容',
  'The same command tries again. A host that is gone for good is passed over once the file does not name it.':
    '同一命令会重试。彻底下线的主机，从文件中删去后即被跳过。',
  'removing what was sent': '删除发送的内容',
  'asking what it is': '查询主机的情况',
  '{0} to {1}, {2} in all': '{0} 部署到 {1}，共 {2}',
  '{0} hosts': '{0} 台主机',
  'An interrupted deployment of this release goes on.': '继续该版本被中断的部署。',
  'deploy, first': '最先部署',
  'new settings': '新配置',
  'comparing the settings': '比较配置',
  'new settings, first': '最先应用新配置',
  deploy: '部署',
  deployed: '已部署',
  'not touched': '未更改',
  '  {0}: {1} sent': '  {0}：已发送 {1}',
  '  {0}: {1}': '  {0}：{1}',
  'runs the release': '正在运行该版本',
  '  {0}: rolled back': '  {0}：已回滚',
  '  {0}: removed again, nothing ran there before': '  {0}：已重新删除，之前那里没有运行任何内容',
  '  {0}: connection lost, connecting again': '  {0}：连接已断开，正在重新连接',
  '{0} {1} to {2} in {3}, {4} sent': '{0} {1} 到 {2}，用时 {3}，已发送 {4}',
  Deployed: '已部署',
  '{0} runs on {1} already': '{0} 已在 {1} 上运行',
  '{0} the deployment of {1}': '{0}：{1} 的部署',
  Stopped: '已停止',
  Interrupted: '已中断',
  '{0} {1} to {2}': '{0} {1} 到 {2}',
  'Would deploy': '将部署',
  'nothing imported': '尚未导入',
  'Deploy it?': '部署吗？',
  'expected a number of hosts, or names with commas between': '应为主机的数量，或用逗号分隔的名称',
  'asking the hosts what they run': '查询各主机运行的内容',
  'an answer of {0} hosts': '{0} 台主机的回答',
  'none of {0}': '{0} 没有回答',
  'The reason of each is in the table, or with --json in the document.':
    '各自的原因见表格；使用 --json 时见文档。',
  'not together with --hosts': '不能与 --hosts 一起使用',
  'only with --hosts': '只能与 --hosts 一起使用',
};
