/** Paths that every Linux host has of its own, and that mean the same on each. */
const own: readonly string[] = [
  '/',
  '/boot',
  '/dev',
  '/etc/group',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/localtime',
  '/etc/machine-id',
  '/etc/os-release',
  '/etc/passwd',
  '/etc/resolv.conf',
  '/etc/timezone',
  '/lib/modules',
  '/proc',
  '/run',
  '/sys',
  '/tmp',
  '/usr/lib/modules',
  '/usr/share/zoneinfo',
  '/usr/src',
  '/var/lib/docker',
  '/var/lib/docker/containers',
  '/var/log',
  '/var/run',
];

const ownTrees = /^\/(?:proc|sys|dev|run\/(?:udev|dbus|systemd)|var\/run\/dbus|lib\/modules)\//;

/** Tells whether a path is one that hosts have of themselves: nobody brings it there. */
export function isHostOwn(path: string): boolean {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return own.includes(plain) || ownTrees.test(plain);
}

/** Tells whether a path only gives a container the time zone of its host, as many projects do. */
export function isTimeZone(path: string): boolean {
  return /^\/(?:etc\/(?:localtime|timezone)|usr\/share\/zoneinfo(?:\/.*)?)$/.test(path);
}
