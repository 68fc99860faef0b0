import type { Catalogue } from '../translator.ts';

/** Texts of `bundle deploy swarm`. */
export const swarm: Catalogue = {
  'folder, .tar or .parts.json file (default: the imported release)':
    '目录、.tar 或 .parts.json 文件（默认：已导入的版本）',
  'REGISTRY or REGISTRY/PREFIX to push the images to, for the nodes to pull from':
    'REGISTRY 或 REGISTRY/PREFIX：把镜像推送到这里，供节点拉取',
  'address of `bundle serve` to pull the images from': '供节点拉取镜像的 `bundle serve` 地址',
  'imported release to deploy (default: the current one)': '要部署的已导入版本（默认：当前版本）',
  'name of the instance and the stack (default: the product)':
    '实例和 stack 的名称（默认：产品名）',
  'push, then deploy by digest': '先推送，再按摘要部署',
  'pull from a running bundle serve': '从正在运行的 bundle serve 拉取',
  'the imported release, with images loaded on each node': '已导入的版本，镜像已在每个节点上加载',
  'the target': '目标',
  'Not in the stack': 'stack 中没有',
  'reading the swarm of': '读取 swarm 的信息：',
  'deploying the stack': '部署 stack',
  'removing the stack': '移除 stack',
  'removing a service of the stack': '移除 stack 的一个服务',
  'Removing {0} first: Swarm cannot change its mode': '先移除 {0}：Swarm 不能更改它的模式',
  'no tasks and networks after {0} s': '{0} 秒后没有任务和网络',
  'some that stay, as those of a node that is down do': '仍有剩余，例如离线节点上的',
  'See `docker stack ps` and `docker node ls`, then run the command again.':
    '请查看 `docker stack ps` 和 `docker node ls`，然后重新运行该命令。',
  'a docker command that succeeds': '执行成功的 docker 命令',
  'no docker command': '没有 docker 命令',
  'Install the docker command (package docker-cli or docker.io) on this manager.':
    '请在本管理节点上安装 docker 命令（软件包 docker-cli 或 docker.io）。',
  'reading the images of the stack': '读取 stack 的镜像',
  'a list of images as the command writes it': '由本命令写出的镜像列表',
  'Delete the file and run `bundle deploy swarm` again.':
    '请删除该文件，然后重新运行 `bundle deploy swarm`。',
  'making a stack of': '生成 stack：',
  'configs and secrets with a file': '带文件的 configs 和 secrets',
  'one with its content in the Compose file or the environment':
    '内容写在 Compose 文件或环境变量中的一个',
  'Put its content into a file beside the Compose file, and name it with `file:`.':
    '请把内容放到 Compose 文件旁的文件中，并用 `file:` 指定它。',
  'services and networks with names of at most 63 letters, digits, - and _':
    '服务和网络的名称最多 63 个字符，只含字母、数字、- 和 _',
  'Swarm refuses these names. Rename them in the Compose file, and export it again.':
    'Swarm 不接受这些名称。请在 Compose 文件中改名，然后重新导出。',
  'a file of 1 to {0} bytes': '1 到 {0} 字节的文件',
  '{0} bytes in {1}': '{1} 中有 {0} 字节',
  'Swarm takes no others as configs and secrets. Split the file, or put it into the image.':
    'Swarm 不接受其他大小的 configs 和 secrets。请拆分该文件，或把它放进镜像。',
  'looking for nodes that take images from': '查找能从此处拉取镜像的节点：',
  'Docker 25 or later on each node, for names of images with an IPv6 address':
    '每个节点上的 Docker 25 或更高版本，以支持带 IPv6 地址的镜像名称',
  '{0} with Docker {1}': '{0}（Docker {1}）',
  'Update the engines of these nodes, or name the registry by a host name that all nodes know.':
    '请升级这些节点的引擎，或用所有节点都知道的主机名指定镜像仓库。',
  'looking for the external configs and secrets of': '查找外部的 configs 和 secrets：',
  'no such name in the swarm': 'swarm 中没有这个名称',
  'Create them first: `docker config create NAME FILE`, `docker secret create NAME FILE`.':
    '请先创建它们：`docker config create 名称 文件`、`docker secret create 名称 文件`。',
  'working on the containers of a stack': '操作 stack 的容器',
  'checking the stack': '检查 stack',
  'services of releases in {0} on this host': '本主机 {0} 中各版本的服务',
  '{0}, deployed by another command': '{0}，由其他命令部署',
  '{0}, deployed on {1} from {2}': '{0}，在 {1} 上从 {2} 部署',
  'Remove that stack with `docker stack rm {0}`, or give this one another name with --name.':
    '请用 `docker stack rm {0}` 移除那个 stack，或用 --name 给这个另起名称。',
  'Run the command there, or give this stack another name with --name.':
    '请在那里运行该命令，或用 --name 给这个 stack 另起名称。',
  'a command that stacks have': '适用于 stack 的命令',
  'one for containers of this host': '只适用于本主机容器的命令',
  'Volumes of a stack are on its nodes: copy them there. Bring a new image with `bundle deploy swarm`.':
    'stack 的数据卷在它的各个节点上：请在那里备份。新镜像请用 `bundle deploy swarm` 部署。',
  'looking for the swarm': '查找 swarm',
  'a manager of a swarm': 'swarm 的管理节点',
  'an engine without a swarm, or a worker': '没有 swarm 的引擎，或工作节点',
  'Run `docker swarm init`, or run the command on a manager (`docker node ls` shows them).':
    '请运行 `docker swarm init`，或在管理节点上运行该命令（`docker node ls` 会列出它们）。',
  'waits for its update': '等待更新',
  '{0} of {1} tasks': '{1} 个任务中的 {0} 个',
  'no task on any node': '任何节点上都没有任务',
  ', last exit code {0}': '，最后的退出码为 {0}',
  '{0}; import the bundle on that node, or deploy with --registry':
    '{0}；请在该节点上导入离线包，或用 --registry 部署',
  'failed {0} times{1}{2}': '失败 {0} 次{1}{2}',
  'its update failed: {0}': '更新失败：{0}',
  'Swarm rolled back its update: {0}': 'Swarm 已回滚它的更新：{0}',
};
