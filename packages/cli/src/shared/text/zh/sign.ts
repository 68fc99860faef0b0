import type { Catalogue } from '../translator.ts';

/** Texts of signing, and of reading archives of images. */
export const signing: Catalogue = {
  'a signature over another bundle.json': '另一个 bundle.json 的签名',
  '{0} bytes of signatures': '{0} 字节的签名',
  signing: '签名',
  'a signature that stays there': '保留在原处的签名',
  'others that replace it': '取代它的其他签名',
  'Another machine is signing the same bundle: sign it again when it is done.':
    '另一台机器正在给同一个离线包签名：请等它完成后重新签名。',
  'It was replaced while it was being signed, and has no signature of this run. Check it, and sign it again.':
    '离线包在签名期间被替换，其中没有本次的签名。请检查后重新签名。',
  'writing the signature': '写入签名',
  'reading the signatures of': '读取签名：',
  'signatures over its bundle.json, {0} bytes at most': '对其 bundle.json 的签名，最多 {0} 字节',
  'Remove {0} and {1}, or the files that end in .sig and .sigstore.json beside the bundle, and sign again.':
    '请删除 {0} 和 {1}，或离线包旁边以 .sig 和 .sigstore.json 结尾的文件，然后重新签名。',
  'signing with the key': '用密钥签名',
  'a signature that hosts accept: Ed25519, ECDSA, RSA of 2048 bits or more, or a FIDO key':
    '主机接受的签名：Ed25519、ECDSA、2048 位以上的 RSA，或 FIDO 密钥',
  'Make a key for this with `bundle keygen`.': '请用 `bundle keygen` 生成用于此目的的密钥。',
  'a key that this passphrase does not open': '这个口令打不开的密钥',
  'Run the command again.': '请重新执行该命令。',
  'Make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`, or sign with a key of OpenSSH: --key.':
    '请用 `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` 生成一个，或用 OpenSSH 密钥签名：--key。',
  'a key that only cosign can read': '只有 cosign 能读取的密钥',
  'Let `cosign sign-blob` sign bundle.json: `bundle sign --help` has the command.':
    '请让 `cosign sign-blob` 给 bundle.json 签名：`bundle sign --help` 中有该命令。',
  'reading the key': '读取密钥',
  'a private key in PEM: ECDSA, or RSA of 2048 bits or more':
    'PEM 私钥：ECDSA，或 2048 位以上的 RSA',
  'running ssh-keygen with the key': '用该密钥执行 ssh-keygen',
  'ssh-keygen of OpenSSH 8.1 or later': 'OpenSSH 8.1 或更高版本的 ssh-keygen',
  'exit code 0': '退出码 0',
  'no such command': '没有该命令',
  'Install OpenSSH’s client (Debian: apt install openssh-client).':
    '请安装 OpenSSH 客户端（Debian：apt install openssh-client）。',
  'Give the path of a private key, or of a public key whose private half is in ssh-agent.':
    '请给出私钥的路径，或其私钥在 ssh-agent 中的公钥的路径。',
  'reading the image archive of the engine': '读取引擎的镜像归档',
  'a complete archive as `docker save` writes it': '`docker save` 写出的完整归档',
  'See the engine’s log, then export again.': '请查看引擎的日志，再重新导出。',
  '{0} cut short': '{0}，被截断',
  'more than {0} entries': '超过 {0} 个条目',
  'a size that is not a number of bytes': '大小不是字节数',
  'an end before the end of its last entry': '在最后一个条目结束之前就结束',
  'attributes that are too long': '过长的属性',
  'no end of the archive': '没有归档的结尾',
  'a header that is not one of tar': '不是 tar 的头部',
  'a premature end': '提前结束',
  'no end-of-archive blocks': '没有归档结尾块',
  'reading an image archive': '读取镜像归档',
  'a complete tar archive as `docker save` writes it': '`docker save` 写出的完整 tar 归档',
  'See the engine’s log, then run the command again.': '请查看引擎的日志，再重新执行该命令。',
};
