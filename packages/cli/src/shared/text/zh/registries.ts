import type { Catalogue } from '../translator.ts';

/** Registries: their client, what is pushed to them, and the one that serves a bundle. */
export const registries: Catalogue = {
  // The client.
  'downloading the layer': '下载层',
  'bytes from another place than asked for': '来自其他位置的字节',
  'The registry, or a proxy before it, is damaged: run the command again; if it fails again, push the image again.':
    '镜像仓库或其前面的代理有故障：请重新执行该命令；如果再次失败，请重新推送该镜像。',
  '{0} bytes, then several times: {1}': '{0} 字节，然后多次出现：{1}',
  'Check the connection to {0}, then run the command again: layers that are complete are kept.':
    '请检查与 {0} 的连接，然后重新执行该命令：已完整下载的层会保留。',
  'The registry, or a proxy before it, is damaged or cut the answer short: run the command again.':
    '镜像仓库或其前面的代理有故障，或截断了回答：请重新执行该命令。',
  'listing the signatures and attestations of': '列出签名和证明：',
  'an image index': '镜像索引',
  'Ask whoever runs the registry, or leave out --referrers.':
    '请询问镜像仓库的管理员，或去掉 --referrers。',
  'reading the document': '读取文档',
  'No image has a document of this size: check the name of the image.':
    '没有镜像的文档有这样大：请检查镜像的名称。',
  'pushing the manifest of': '推送 manifest：',
  'The registry changes what is pushed to it: ask whoever runs it.':
    '镜像仓库改动了推送的内容：请询问其管理员。',
  'pushing to': '推送到',
  'an address for the upload': '上传的地址',
  'status {0} without one': '状态 {0}，没有给出地址',
  'See the log of the registry.': '请查看镜像仓库的日志。',
  'following a redirect of': '跟随重定向：',
  'an address with TLS, after a few redirects': '几次重定向之内，使用 TLS 的地址',
  'an address that is not valid, from {0}': '来自 {0} 的无效地址',
  'Ask whoever runs the registry.': '请询问镜像仓库的管理员。',
  'asking for a token for': '请求令牌：',
  'a token': '令牌',
  'an answer of {0} without one (status {1})': '{0} 的回答中没有令牌（状态 {1}）',
  'a name that is not a program': '不是程序的名称',
  'an exit with code {0}': '以退出码 {0} 结束',
  'an answer that is not valid': '无效的回答',
  'no answer for {0} s': '{0} 秒没有回答',
  'no such program on PATH': 'PATH 中没有该程序',
  'an answer that is too long': '回答过长',
  'asking for the credentials of': '请求凭据：',
  'an answer of {0}, which the docker configuration names': 'docker 配置所指定的 {0} 的回答',
  'Try `echo {0} | {1} get`. If you do not use that program, take it out of credsStore and credHelpers in ~/.docker/config.json.':
    '请试 `echo {0} | {1} get`。如果不使用该程序，请从 ~/.docker/config.json 的 credsStore 和 credHelpers 中去掉它。',
  'JSON as `docker login` writes it': '与 `docker login` 所写相同的 JSON',
  'Correct the file, or name another folder with DOCKER_CONFIG.':
    '请更正该文件，或用 DOCKER_CONFIG 指定其他目录。',
  'status {0}': '状态 {0}',
  'Check the name, or log in: `docker login {0}`. A registry may say this of an image that it does not have.':
    '请检查名称，或登录：`docker login {0}`。对没有的镜像，镜像仓库也可能这样回答。',
  'Ask for access, or log in as another user of {0}.': '请申请访问权限，或以 {0} 的其他用户登录。',
  'Check the name and the tag.': '请检查名称和标签。',
  'after {0} s': '{0} 秒之后',
  'The registry limits requests: try again {0}, or log in: `docker login {1}`.':
    '镜像仓库限制请求次数：请再试一次（{0}），或登录：`docker login {1}`。',
  'The registry, or a proxy before it, limits the size of blobs.':
    '镜像仓库或其前面的代理限制数据块的大小。',
  'See the log of the registry (is its disk full?), then run the command again.':
    '请查看镜像仓库的日志（磁盘是否已满？），然后重新执行该命令。',
  'no connection': '没有连接',
  'The certificate of {0} is not trusted: put that of its authority at /etc/docker/certs.d/{1}/ca.crt.':
    '{0} 的证书不受信任：请把其签发机构的证书放到 /etc/docker/certs.d/{1}/ca.crt。',
  '{0} does not use TLS: allow that with --plain-http {1}.':
    '{0} 没有使用 TLS：请用 --plain-http {1} 允许。',
  'Check the name {0} and the network.': '请检查名称 {0} 和网络。',
  'Check that {0} runs and that this host reaches it, then run the command again.':
    '请确认 {0} 正在运行，而且本机可以访问它，然后重新执行该命令。',
  'reading the configuration of Docker': '读取 Docker 的配置',
  'Correct the file.': '请更正该文件。',
  'a token server with TLS': '使用 TLS 的令牌服务器',
  'pushing the layer': '推送层',
  'an upload that the registry keeps until its end': '镜像仓库保留到结束的上传',
  'one that it forgets': '被镜像仓库丢弃的上传',
  // What is pushed.
  'an image manifest or index': '镜像的 manifest 或索引',
  'comparing with the registry': '与镜像仓库比较',
  'the bundle that has them': '含有它们的离线包',
  pushing: '推送',
  'the layers that it leaves out, in {0}': '它省略的层，位于 {0}',
  'Push {0} to the same place first, or push a complete bundle.':
    '请先把 {0} 推送到同一位置，或推送完整的离线包。',
  'the layers that it has as deltas, in {0}': '它以差异代替的层，位于 {0}',
  'Only an import makes layers from deltas. Push a complete bundle, or export this one with --no-delta.':
    '只有导入会用差异还原层。请推送完整的离线包，或用 --no-delta 重新导出。',
  'reading the registry': '读取镜像仓库的地址',
  'REGISTRY or REGISTRY/PREFIX in lower case, such as registry.example:5000/shop':
    '小写的 REGISTRY 或 REGISTRY/PREFIX，例如 registry.example:5000/shop',
  'For a registry on this host, give its port: localhost:5000. An IPv6 address has brackets: [fd00::1]:5000.':
    '对本机上的镜像仓库，请写出端口：localhost:5000。IPv6 地址要加方括号：[fd00::1]:5000。',
  // What is served.
  'adding signatures to': '添加签名：',
  'signatures as cosign writes them': 'cosign 写入的签名',
  'another document, which a push would replace': '另一份文档，推送会覆盖它',
  'Remove that tag from the registry if nobody needs it, or push to another place.':
    '如果没有人需要该标签，请从镜像仓库中删除它，或推送到其他位置。',
  'image indexes nested deeper than {0}': '镜像索引的嵌套超过 {0} 层',
  'neither, or both at once': '两者都不是，或同时是两者',
  'reading the image document': '读取镜像的文档',
  'an image manifest or image index of at most {0} bytes':
    '不超过 {0} 字节的镜像 manifest 或镜像索引',
  'naming the images to serve:': '确定要提供的镜像的名称：',
  'one image under this name': '一个该名称的镜像',
  'Serve these bundles separately: they contain different images with the same name.':
    '请分别提供这些离线包：其中有名称相同而内容不同的镜像。',
  'a reference NAME:TAG with a valid repository name': 'NAME:TAG 形式、仓库名称有效的引用',
  'another name': '其他名称',
  'reading the TLS certificate and its key': '读取 TLS 证书及其密钥',
  'a certificate (chain) and the key that belongs to it, both PEM':
    'PEM 格式的证书（链）和与之对应的密钥',
  'Give both with --tls-cert and --tls-key; a key with a passphrase is not supported.':
    '请用 --tls-cert 和 --tls-key 同时提供；不支持带口令的密钥。',
  'listening at': '监听',
  '{0} port {1}': '{0} 端口 {1}',
  'an address of this host and a free port': '本机的地址和空闲的端口',
  'Something else listens on it: choose another port.': '已有其他程序在监听：请选择其他端口。',
  'Choose another address or port.': '请选择其他地址或端口。',
  'the address of a proxy, such as http://proxy.example:3128':
    '代理的地址，例如 http://proxy.example:3128',
  'another text': '其他文本',
  'Correct or unset the variable.': '请改正或取消设置该变量。',
  '{0}; the mirror {1}: {2}': '{0}；镜像加速 {1}：{2}',
};
