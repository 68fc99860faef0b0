import type { Catalogue } from '../translator.ts';

/** Texts of `bundle adopt`. */
export const adopt: Catalogue = {
  'reading the folder': '读取目录',
  'the image tars in {0}': '{0} 中的镜像 tar',
  'reading the image tars': '读取镜像 tar',
  'a tar file without images: docker save makes those, docker export does not':
    '没有镜像的 tar 文件：请用 docker save 生成，docker export 的结果没有镜像',
  'no other image in the tars': '这些 tar 中没有其他镜像',
  '{0}: a tar file without images': '{0}：没有镜像的 tar 文件',
  'looking for images in the tars of': '在 tar 中查找镜像：',
  'Add the tar of each to the folder (docker save -o FILE IMAGE), name one that is there with --image {0}=IMAGE, or take the rest with --from engine or --from registry ({1}).':
    '请把各自的 tar 放进目录（docker save -o FILE IMAGE），用 --image {0}=IMAGE 指定已有的镜像，或用 --from engine 或 --from registry 获取其余的（{1}）。',
  '{0} is listed in {1} and not there': '{1} 列出了 {0}，但它不存在',
  'checking checksums': '检查校验和',
  '{0} cannot be read: {1}': '{0} 无法读取：{1}',
  '{0} has {1}, and {2} says {3}': '{0} 的校验和为 {1}，而 {2} 中为 {3}',
  'a file of {0} bytes': '{0} 字节的文件',
  'reading the checksum list': '读取校验和列表',
  'lines as sha256sum writes them': '与 sha256sum 所写相同的行',
  'Make the list again with `sha256sum`, or leave the lists unchecked with --no-checksums.':
    '请用 `sha256sum` 重新生成列表，或用 --no-checksums 不检查列表。',
  'checking the checksum lists of': '检查校验和列表：',
  'every listed file, with the bytes that its sum says': '每个列出的文件，内容与其校验和一致',
  'Get these files again from where the folder was made. If they were changed on purpose, make the list again.':
    '请从制作该目录的地方重新取得这些文件。如果是有意改动，请重新生成列表。',
  'neither a sum nor a comment': '既不是校验和也不是注释',
  'a sum of {0} digits': '{0} 位的校验和',
  'a sum of {0}, and only SHA-256 is checked': '{0} 校验和，而只检查 SHA-256',
  'a sum of {0}': '{0} 校验和',
  'a sum without the name of a file': '没有文件名的校验和',
  'looking for the Compose file in': '查找 Compose 文件：',
  'one Compose file': '一个 Compose 文件',
  'Name the right one with -f, or several in the order of merging: -f FILE -f FILE.':
    '请用 -f 指定正确的文件，或按合并的顺序指定多个：-f FILE -f FILE。',
  'docker-compose.yml or compose.yaml': 'docker-compose.yml 或 compose.yaml',
  'Put the Compose file into the folder, or name it with -f.':
    '请把 Compose 文件放进目录，或用 -f 指定。',
  '{0} (agrees with {1})': '{0}（与 {1} 一致）',
  'the bundle has a checksum list of its own': '离线包自带校验和列表',
  'a signature of a checksum list, which was not checked': '校验和列表的签名，没有检查',
  '{0} is the same as in {1}': '{0} 与 {1} 中的相同',
  'no service needs {0}': '没有服务需要 {0}',
  'the bundle writes its own': '由离线包自行生成',
  'no service uses it; --with-file packs it': '没有服务使用它；--with-file 可以打包它',
  'the history of the source': '源代码的历史',
  'packages that images have in them': '镜像中已有的软件包',
  'a build cache, which bundle export makes again with what rebuilds need':
    '构建缓存：bundle export 会重新生成它和重建所需的内容',
  'its name is not UTF-8': '名称不是 UTF-8',
  'a folder with image tars and a Compose file': '含有镜像 tar 和 Compose 文件的目录',
  'Name the folder that the file is in.': '请指定该文件所在的目录。',
  'a link that leads nowhere': '无效的链接',
  'a link out of the folder': '指向目录之外的链接',
  'neither a file nor a folder': '既不是文件也不是目录',
  'a link to another folder in it': '指向其中另一个目录的链接',
  'too many folders in one another': '目录嵌套过深',
  'a bundle already': '已经是离线包',
  'Name the folder with the image tars, the Compose file and its configuration alone.':
    '请指定只含有镜像 tar、Compose 文件及其配置的目录。',
  'choosing the image of': '选择镜像：',
  'a service of the Compose file: {0}': 'Compose 文件中的服务：{0}',
  'no service of that name': '没有该名称的服务',
  'Correct --image SERVICE=IMAGE.': '请更正 --image SERVICE=IMAGE。',
  'looking for the image that --image names for': '查找 --image 指定的镜像：',
  'no image in any tar': '所有 tar 中都没有镜像',
  'Name an image as one of the tars has it, or a tar with just one image.':
    '请按 tar 中的名称指定镜像，或指定只有一个镜像的 tar。',
  'by its name': '根据名称',
  'by the name of its file': '根据文件名',
  'one image of this name': '一个该名称的镜像',
  'Remove the old tar, or choose one with --image SERVICE=FILE.':
    '请移除旧的 tar，或用 --image SERVICE=FILE 选择一个。',
};
