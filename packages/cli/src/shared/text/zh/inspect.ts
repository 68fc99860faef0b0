import type { Catalogue } from '../translator.ts';

/** Texts of `bundle inspect`. */
export const inspect: Catalogue = {
  'Each layer': '每个层',
  '{0} for {1}, made {2}': '{0}，平台 {1}，制作于 {2}',
  'channel {0}, sequence {1}': '通道 {0}，序号 {1}',
  '{0}; its images need {1} in an engine without them': '{0}；引擎中没有这些镜像时，需要 {1}',
  'and {0} for rebuilds': '另有{0}用于重新构建',
  application: '应用',
  rebuilds: '重新构建',
  programs: '程序',
  'other files': '其他文件',
  'none with export --no-rebuild': '导出时用 --no-rebuild 可省去',
  'none with export --no-runtime': '导出时用 --no-runtime 可省去',
  'To fill in before the start': '启动前需要填写',
  '{0}, from {1}': '{0}，来自 {1}',
  'Not packed': '未打包',
  Deltas: '差异',
  Files: '文件',
  More: '更多',
  'MADE FROM (DIFF IDS)': '旧的层（diff ID）',
  // Help.
  'Shows what a bundle is, who signed it, how large it is, its services, and the settings to fill in. Reads bundle.json only; `bundle verify` checks the bytes.':
    '显示离线包是什么、由谁签名、有多大、包含哪些服务，以及需要填写的配置。只读取 bundle.json；用 `bundle verify` 校验内容。',
  'also all images, with those for rebuilds': '也显示所有镜像，包括用于重新构建的',
  'also each layer, its size, and the images with it': '也显示每一层、其大小以及使用它的镜像',
  'also all other files': '也显示所有其他文件',
  'all of these': '以上全部',
  'sizes of all layers, and the images that share them': '所有层的大小，以及共用它们的镜像',
};
