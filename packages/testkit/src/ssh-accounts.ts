import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Accounts of a host beside root, both without a password that anyone knows. */
export const sshAccounts = {
  /** May run everything by sudo. */
  admin: 'admin',
  /** May as well, but sudo asks for the password. */
  asked: 'asked',
} as const;

/**
 * Writes what a host has of its own in /etc and /usr: accounts, and Debian's sudo for them. Returns the lines of a
 * shell that mount it; its mount namespace has to be private, with a tmpfs at /run.
 */
export async function writeAccounts(
  tools: string,
  folder: string,
  { path, socket }: { readonly path: string; readonly socket: string },
): Promise<string[]> {
  const packages = dirname(tools);
  const [etc, usr] = [join(folder, 'etc'), join(folder, 'usr')];
  for (const place of ['bin/sudo', 'libexec/sudo']) {
    await mkdir(dirname(join(usr, place)), { recursive: true });
    await cp(join(packages, 'usr', place), join(usr, place), { recursive: true });
  }
  await mkdir(join(etc, 'pam.d'), { recursive: true });
  await cp(join(packages, 'etc/pam.d/sudo'), join(etc, 'pam.d/sudo'));
  const { admin, asked } = sshAccounts;
  const rules = [
    `Defaults secure_path="${path}"`,
    'root ALL=(ALL) ALL',
    `${admin} ALL=(ALL) NOPASSWD: ALL`,
    `${asked} ALL=(ALL) ALL`,
    '',
  ];
  await writeFile(join(etc, 'sudoers'), rules.join('\n'), { mode: 0o440 });
  const own = [admin, asked].map((name, index) => ({ name, id: 2000 + index }));
  // sshd needs an account that only its package makes.
  await extend(etc, 'passwd', [
    'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin',
    ...own.map(({ name, id }) => `${name}:x:${id}:${id}::/:/bin/sh`),
  ]);
  await extend(
    etc,
    'shadow',
    own.map(({ name }) => `${name}:*:20000:0:99999:7:::`),
  );
  return [
    // Copies lose the bit.
    `chmod 4755 "${usr}/bin/sudo"`,
    `mount -t overlay -o lowerdir="${usr}":/usr overlay /usr`,
    `mount -t overlay -o lowerdir="${etc}":/etc overlay /etc`,
    // sudo keeps no variable, so that the engine is found where engines usually are.
    `: >/run/docker.sock && mount --bind "${socket}" /run/docker.sock`,
  ];
}

/** Writes a file of /etc with more lines, in place of those of the same accounts. */
async function extend(etc: string, name: string, lines: readonly string[]): Promise<void> {
  const names = new Set(lines.map((line) => line.split(':')[0]));
  const before = (await readFile(join('/etc', name), 'utf8')).split('\n');
  const kept = before.filter((line) => line !== '' && !names.has(line.split(':')[0]));
  await writeFile(join(etc, name), [...kept, ...lines, ''].join('\n'));
}
