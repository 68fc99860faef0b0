import type { Catalogue } from '../translator.ts';

/** Errors of disks and media. */
export const files: Catalogue = {
  'making a temporary folder in': '创建临时目录',
  'Set TMPDIR to a folder with free space that this account may write to.':
    '请把 TMPDIR 设为此账户可写且有可用空间的目录。',
  'enough free space': '足够的可用空间',
  'no space left on the device': '设备上没有剩余空间',
  'Free some space there or choose another place; nothing was left half-written.':
    '请在该处释放一些空间，或选择其他位置；没有留下写了一半的内容。',
  'Check the path and its permissions, then run the command again.':
    '请检查路径及其权限，然后重新执行命令。',
  'a readable medium that is not removed': '可读、且未被取出的介质',
  'Put the medium in again and run the command again. If it fails at the same place again, copy the bundle to another medium.':
    '请重新插入介质并重新执行命令。如果仍在同一处失败，请把离线包复制到另一个介质。',
  'writing beside': '写入旁边的文件：',
  'looking for other runs beside': '查找旁边的其他进程：',
  'the name is too long': '名称过长',
  'Choose a shorter name. Most file systems take 255 bytes, and a name has up to 60 more while its file is written.':
    '请选择较短的名称。多数文件系统最多允许 255 字节，而写入期间名称最多会再长 60 字节。',
  'Check the path.': '请检查路径。',
  'Check the permissions, or run the command as a user who may do this.':
    '请检查权限，或由有权限的用户执行命令。',
  'The file system is read-only: choose another place.': '文件系统是只读的：请选择其他位置。',
  'The medium cannot be read or written reliably: use another one.':
    '介质无法可靠读写：请更换介质。',
  'Files of this kind are far smaller: check that it is the right one.':
    '这类文件要小得多：请检查是否选对了文件。',
};
