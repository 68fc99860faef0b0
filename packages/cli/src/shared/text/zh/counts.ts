import type { Catalogue } from '../translator.ts';

/** Nouns behind a number: count(3, 'image'). */
export const counts: Catalogue = {
  '{0} releases': '{0} 个版本',
  '{0} image names': '{0} 个镜像名称',
  '{0} large files': '{0} 个大文件',
  '{0} changed layers': '{0} 个有变化的层',
  '{0} layers': '{0} 个层',
  '{0} findings': '{0} 个问题',
  '{0} files': '{0} 个文件',
  '{0} trusted signers': '{0} 个可信签名者',
  '{0} keys': '{0} 个密钥',
  '{0} signers': '{0} 个签名者',
  '{0} settings': '{0} 项配置',
  '{0} images': '{0} 个镜像',
  '{0} requests': '{0} 个请求',
  '{0} connections': '{0} 个连接',
  '{0} parts': '{0} 个分卷',
  '{0} steps': '{0} 个步骤',
  '{0} blobs': '{0} 个数据块',
  '{0} warnings': '{0} 个警告',
  '{0} checks': '{0} 项检查',
  '{0} bytes': '{0} 字节',
  '{0} problems': '{0} 个问题',
  '{0} packages': '{0} 个软件包',
  '{0} reasons': '{0} 个原因',
  '{0} objects': '{0} 个对象',
};
