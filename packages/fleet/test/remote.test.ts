import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionArguments } from '../src/ssh/arguments.ts';
import { StandInHosts } from './ssh-stand-in.ts';

const shells = ['sh', 'dash', 'bash', 'zsh', 'fish', 'tcsh'].filter(
  (shell) => spawnSync(shell, ['-c', 'true']).status === 0,
);

let hosts: StandInHosts;

beforeEach(async () => {
  hosts = await StandInHosts.make();
  await mkdir(join(hosts.folder, 'web'));
});

afterEach(() => hosts.remove());

describe('words for a host', () => {
  const words = [
    ...["it's", '"', '\\', '\\\\', "\\'", "a\\'; echo gone; '", '!!', 'a!b', '$HOME', '`id`', ''],
    ...['两 个', '*', '~', '# no', '%s', '{a,b}', '-n', '^x^y'],
  ];

  test.each(shells)('arrive as they are where the login shell is %s', async (shell) => {
    const connection = await hosts.connect({ name: 'web' }, shell);
    const { stdout, stderr } = await connection.run('printf "<%s>\\n" "$@"', { words });
    await connection.close();
    expect(stdout || stderr).toBe(words.map((word) => `<${word}>\n`).join(''));
  });

  test('have no sign inside quotation marks that fish or csh reads there', () => {
    const line = sessionArguments({ name: 'web' }, '/s', 'printf "\\n"', words).at(-1) ?? '';
    for (const [, inside] of line.matchAll(/'([^']*)'|\\./g))
      expect(inside ?? '').not.toMatch(/[\\!]/);
  });
});
