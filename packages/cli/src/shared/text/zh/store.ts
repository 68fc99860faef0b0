import type { Catalogue } from '../translator.ts';

/** Errors of reading bundles and their parts. */
export const store: Catalogue = {
  'no {0} in it': '其中没有 {0}',
  'looking for the damaged part': '查找损坏的分卷',
  'nothing there': '那里什么都没有',
  'opening the bundle': '打开离线包',
  'a bundle folder or single-file bundle with {0}': '含有 {0} 的离线包目录或单文件离线包',
  'Give the path that `bundle export` printed.': '请给出 `bundle export` 显示的路径。',
  'no such file in it': '其中没有该文件',
  'The bundle is incomplete: copy it again from its source.': '离线包不完整：请从来源处重新复制。',
  'No bundle has a file like this: get the bundle again from its source.':
    '离线包中不会有这样的文件：请从来源处重新获取离线包。',
  checking: '检查',
  'The file was changed or damaged: copy the bundle again from its source.':
    '文件被改动或已损坏：请从来源处重新复制离线包。',
  'The file was cut short or changed: copy the bundle again from its source.':
    '文件不完整或被改动：请从来源处重新复制离线包。',
  'more than {0} files': '超过 {0} 个文件',
  '{0}, which is neither a regular file nor a folder': '{0}，它既不是普通文件也不是目录',
  'reading the bundle folder': '读取离线包目录',
  'regular files and folders with safe names': '名称安全的普通文件和目录',
  'Remove what does not belong to the bundle, or get the bundle again from its source.':
    '请删除不属于离线包的内容，或从来源处重新获取离线包。',
  'checking the bundle': '检查离线包',
  packing: '打包',
  'the same bytes as when it was first read': '与第一次读取时相同的内容',
  others: '不同的内容',
  'The file changed while it was being packed: run the command again when nothing is writing to it.':
    '打包期间文件有变化：请在没有程序写入它时重新执行命令。',
  'a damaged header': '文件头损坏',
  'an entry without a usable name and size': '没有可用名称和大小的条目',
  '{0} in the header': '文件头中有 {0}',
  'no magic and version of ustar': '没有 ustar 标记和版本',
  'a {0} that is not an octal number': '{0} 不是八进制数',
  'a size that is not a number': '大小不是数字',
  'bytes other than zero after the data before byte {0}': '第 {0} 字节之前的数据后面有非零字节',
  'an extended header after a path': '路径之后的扩展头',
  '{0}, a path that is not written as it should be': '{0}，路径的写法不正确',
  'a path without a file': '没有文件的路径',
  '{0} at byte {1}': '第 {1} 字节处：{0}',
  'an extended header of {0} bytes': '{0} 字节的扩展头',
  'an extended header that changes an entry': '改变条目的扩展头',
  'bytes after the end of the archive': '归档末尾之后还有内容',
  'a complete archive': '完整的归档',
  'all of {0}': '{0} 的全部内容',
  'the end of the file after {0} bytes': '文件在第 {0} 字节处结束',
  'The file was not copied completely: copy it again and compare its size with the original.':
    '文件没有复制完整：请重新复制，并与原文件比较大小。',
  'a bundle archive: regular files with safe names, each once':
    '离线包归档：名称安全的普通文件，每个一次',
  'This file was not written by `bundle export`, or it has been changed since: get it again.':
    '该文件不是由 `bundle export` 写成，或此后被改动：请重新获取。',
  'it cannot be read: {0}': '无法读取：{0}',
  'what {0} holds': '{0} 的内容',
  'looking for the parts of': '查找分卷',
  'no such {0} in {1}': '{1} 中没有这些{0}',
  file: '文件',
  files: '文件',
  'Name the folders that contain them with --parts. On a terminal (without --yes and --json) the command asks for media that share one drive, one after the other.':
    '请用 --parts 指定存放它们的目录。在终端上（不带 --yes 和 --json）时，如果各介质共用一个驱动器，命令会依次要求插入。',
  'all parts, by {0}': '以 {0} 表示的全部分卷',
  'one part': '其中一个分卷',
  'Give the path of the list of parts, which export wrote beside the parts.':
    '请给出分卷列表的路径，导出时它写在分卷旁边。',
  'a larger file': '更大的文件',
  'reading the list of parts': '读取分卷列表',
  '{0} twice': '{0} 出现两次',
  'checking {0} of': '检查 {0}，离线包',
  '`bundle repair` fetches only this part again from the original.':
    '`bundle repair` 只从原件重新取得这一个分卷。',
  'the list of the parts of a bundle': '离线包的分卷列表',
  'Give the path that `bundle export --split` printed.':
    '请给出 `bundle export --split` 显示的路径。',
  'what `bundle export --split` wrote': '由 `bundle export --split` 写成的内容',
  'Copy it again from its source; it is small.': '请从来源处重新复制；它很小。',
  '{0} has {1} bytes, not {2}': '{0} 为 {1} 字节，应为 {2} 字节',
  'the part that the list names': '列表中指定的分卷',
  'checking {0}': '检查 {0}',
  'cannot be read: {0}': '无法读取：{0}',
  'holds what {0} should hold': '其中的内容应属于 {0}',
  'does not match the list: it is damaged, or a part of another bundle':
    '与列表不符：已损坏，或属于另一个离线包',
  'there is no part in {0}': '{0} 中没有分卷',
  '{0}, of another bundle': '{0}，属于另一个离线包',
  'this has {0}': '本列表为 {0}',
  'listing the parts': '列出分卷',
};
