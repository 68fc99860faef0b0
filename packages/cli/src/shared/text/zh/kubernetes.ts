import type { Catalogue } from '../translator.ts';

/** Texts of `bundle convert kubernetes`. */
export const kubernetes: Catalogue = {
  'write the application of a bundle as Kubernetes manifests':
    '把离线包中的应用写成 Kubernetes 清单文件',
  'Writes the application of a bundle as Kubernetes manifests into a new folder, with a kustomization.yaml: images by digest, configuration as ConfigMaps, named volumes as claims. Needs no engine and no cluster.\n\nNo secret gets into the manifests: they refer to one Secret, and the command lists its keys. Every field of the Compose file without an equivalent is listed with the reason; --json has the same list.\n\nThe cluster gets the images with `bundle push` (then give the same --registry here) or `bundle images`.':
    '把离线包中的应用写成 Kubernetes 清单文件，放进一个新目录，并带有 kustomization.yaml：镜像按摘要引用，配置写成 ConfigMap，具名数据卷写成 PersistentVolumeClaim。不需要引擎，也不需要集群。\n\n清单文件中没有任何机密：它们引用一个 Secret，命令会列出其中的键。Compose 文件中没有对应内容的字段会连同原因一起列出；--json 有同样的列表。\n\n集群通过 `bundle push`（此时在这里给出相同的 --registry）或 `bundle images` 得到镜像。',
  'what to write': '要写的内容',
  'folder to write; must not exist, or be empty': '要写入的目录；必须不存在或为空',
  'REGISTRY or REGISTRY/PREFIX with the images, as for bundle push (default: the names in the bundle)':
    '镜像所在的 REGISTRY 或 REGISTRY/PREFIX，与 bundle push 相同（默认：离线包中的名称）',
  'of the Services with the published ports (default: ClusterIP, inside the cluster only)':
    '对外端口的 Service 类型（默认：ClusterIP，仅在集群内）',
  'host name to send to a service, repeatable; also HOST=SERVICE:PORT':
    '转给某个服务的主机名，可重复；也可写 HOST=SERVICE:PORT',
  'namespace of all objects': '所有对象的命名空间',
  'size of each claim, such as 10Gi (default: 1Gi)': '每个存储声明的大小，例如 10Gi（默认：1Gi）',
  'storage class of all claims (default: that of the cluster)':
    '所有存储声明的存储类（默认：集群的默认存储类）',
  'further profile of the Compose file, repeatable': 'Compose 文件中另外启用的 profile，可重复',
  'with the image names of the bundle': '使用离线包中的镜像名称',
  'images from a registry, pushed there by bundle push': '镜像来自镜像仓库，由 bundle push 推送',
  'with an Ingress for one service': '为一个服务写 Ingress',
  'writing the manifests to': '写出清单文件',
  'nothing there, or an empty folder': '该处没有内容，或是空目录',
  'a folder with something in it': '非空目录',
  'Choose another folder with -o, or remove that one first.':
    '请用 -o 选择其他目录，或先删除该目录。',
  'the name of a Service is a DNS label': 'Service 的名称必须是 DNS 标签',
  'another service has this name': '另一个服务已有此名称',
  'the bundle does not have this env file': '离线包中没有此 env 文件',
  'it has no value in the bundle: fill it in': '离线包中没有它的值：请填写',
  'its value comes from the shell: give it with --set': '它的值来自 shell：请用 --set 给出',
  'it leaves nothing to run': '没有可运行的命令',
  '{0} share a claim that one node at a time can have':
    '{0} 共用一个存储声明，同一时间只能由一个节点使用',
  'it is left out: choose a profile with --profile': '未包括在内：请用 --profile 选择 profile',
  'the bundle has no image for it': '离线包中没有它的镜像',
  'its name becomes {0}: change it where others use it': '名称改为 {0}：请在引用它的地方一并修改',
  'all copies share their claims': '所有副本共用存储声明',
  'reachable inside the cluster only: --service-type or --ingress publishes it':
    '仅在集群内可访问：可用 --service-type 或 --ingress 对外提供',
  'reading --ingress': '读取 --ingress',
  'a port: {0}': '端口：{0}',
  'a service: {0}': '服务：{0}',
  'Write HOST=SERVICE or HOST=SERVICE:PORT, with a port of the container.':
    '请写 HOST=SERVICE 或 HOST=SERVICE:PORT，端口是容器内的端口。',
  'it asks 127.0.0.11, which is the DNS of Docker: write that of the cluster, and whole names':
    '它查询 127.0.0.11，即 Docker 的 DNS：请改为集群的 DNS，并写完整名称',
  'Kubernetes does not accept this name of a variable': 'Kubernetes 不接受此变量名',
  'Kubernetes starts it again whenever it ends': '它每次结束后，Kubernetes 都会再次启动它',
  'all pods start at once; one that needs another fails and is started again until it is there':
    '所有 Pod 同时启动；依赖其他服务的会失败并被再次启动，直到对方就绪',
  'its copies are counted, not one for each node': '按副本数运行，而不是每个节点一个',
  'it is a setting of Swarm': '这是 Swarm 的设置',
  'the cluster gives addresses': '地址由集群分配',
  'all pods of a namespace reach each other: a NetworkPolicy keeps them apart':
    '同一命名空间的 Pod 互相可达：隔离需要 NetworkPolicy',
  'a NetworkPolicy keeps pods inside': '限制 Pod 对外访问需要 NetworkPolicy',
  'a cluster has one network': '一个集群只有一个网络',
  'Kubernetes has no mount of this kind': 'Kubernetes 没有这种挂载',
  'a volume without a name is gone with its pod': '没有名称的数据卷会随 Pod 一起消失',
  'the storage class decides how a claim is kept': '存储声明的保存方式由存储类决定',
  'the claim has to exist already': '该存储声明必须已经存在',
  'it mounts a path of the host': '它挂载主机的路径',
  'the bundle does not have what it mounts': '离线包中没有它所挂载的内容',
  'a claim takes the place of this folder, and starts empty':
    '此目录由一个存储声明代替，开始时为空',
  'it is larger than the 1 MiB that a ConfigMap holds': '它超过 ConfigMap 可容纳的 1 MiB',
  'a file in it is secret: mount it as a secret': '其中有机密文件：请作为 secret 挂载',
  'a ConfigMap is mounted read-only': 'ConfigMap 以只读方式挂载',
  'the ConfigMap has to exist already': '该 ConfigMap 必须已经存在',
  'the bundle does not have its file': '离线包中没有它的文件',
  'a pod has only its own or that of its node': 'Pod 只能使用自己的或其节点的',
  'the name of a pod is a DNS label': 'Pod 的名称必须是 DNS 标签',
  'its form is not understood': '无法识别其写法',
  'each pod has a network of its own': '每个 Pod 都有自己的网络',
  'it has no fixed address': '它没有固定地址',
  'Kubernetes names each port of a Service: this range is too long':
    'Kubernetes 要逐个列出 Service 的端口：此范围太长',
  'only the host itself reached it: it is not published': '只有主机自身能访问它：不对外提供',
  'a Service has no address of a host': 'Service 没有主机地址',
  'of the range, the first port is taken': '取该范围的第一个端口',
  'a probe has one interval': '探针只有一个间隔',
  'a probe counts whole seconds: {0}': '探针以整秒计：{0}',
  'root is the owner of a mounted file': '挂载的文件属于 root',
  'a secret is written out in it: take it from a variable': '其中直接写有密钥：请改用变量',
  'a part of it is secret: write it as CMD-SHELL': '其中有机密：请写成 CMD-SHELL',
  'the shell reads the secret from a variable': '机密由 shell 从变量中读取',
  'the config of an image': '镜像的配置',
  'a variable in it has no value: give it with --set': '其中的变量没有值：请用 --set 给出',
  'a part of it is secret, and has no place in a manifest': '其中有机密，不能写进清单文件',
  'it has a character that no variable can have': '其中有变量不能包含的字符',
  'this key is not known here': '此键未知',
  'it is a setting of each node, not of a pod': '这是各节点的设置，不是 Pod 的设置',
  'the cluster needs a device plugin, whose resource then goes into resources.limits':
    '集群需要设备插件，其资源再写入 resources.limits',
  'the profile is on each node': '该配置文件在各节点上',
  'the nodes have to allow those that are unsafe': '不安全的项需要节点允许',
  'the image runs as {0}: give user as numbers, or it may not read secrets and write claims':
    '镜像以 {0} 运行：请用数字指定 user，否则可能无法读取 secret、写入 claim',
  'Kubernetes knows users and groups only as numbers': 'Kubernetes 只接受数字形式的用户和组',
  'a command that Compose cannot split': 'Compose 无法拆分的命令',
  'pods go to nodes of {0} only; --platform {1} makes manifests for these':
    'Pod 只会调度到 {0} 的节点；用 --platform {1} 为这些节点生成清单',
  'Kubernetes has nothing of the kind for a pod': 'Kubernetes 的 Pod 没有对应内容',
  'only Docker and its tools read it': '只有 Docker 及其工具读取它',
};
