import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '../src/deploy/answers.ts';
import { lookAt, Remote } from '../src/deploy/remote.ts';
import { sessionArguments } from '../src/ssh/arguments.ts';
import type { Connection } from '../src/ssh/connection.ts';
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

describe('starting a release on a host', () => {
  const look = { version: undefined, command: undefined, system: 'Linux', machine: 'x86_64' };

  /** Starts on a host whose command prints its settings. */
  async function start(connection: Connection, settings: string) {
    const stateDir = join(hosts.folder, 'web/state');
    const command = await hosts.add(
      'web',
      'while [ "$1" != --env-file ]; do shift; done; cat "$2"',
    );
    return new Remote(connection, { ...look, stateDir }, command).start(
      ['import'],
      '/a/sent',
      settings,
    );
  }

  test('passes the settings in a file that is gone afterwards', async () => {
    const connection = await hosts.connect({ name: 'web' });
    const { code, stdout } = await start(connection, 'A=1\nB=2\n');
    await connection.close();
    expect([code, stdout]).toEqual([0, 'A=1\nB=2\n']);
    expect(await readdir(join(hosts.folder, 'web/state/_deploy'))).toEqual([]);
  });

  test('does not begin with a part of the settings, where the connection ended among them', async () => {
    const connection = await hosts.connect({ name: 'web' });
    const cut: Connection = {
      ...connection,
      run: (script, options) =>
        connection.run(script, { ...options, input: [Buffer.from('A=1\n')] }),
    };
    const { code, stdout } = await start(cut, 'A=1\nB=2\n');
    await connection.close();
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
    expect(await readdir(join(hosts.folder, 'web/state/_deploy'))).toEqual([]);
  });

  test('leaves no settings where the connection is gone and nothing can be said any more', async () => {
    const connection = await hosts.connect({ name: 'web' });
    const gone: Connection = {
      ...connection,
      run: async (script, { words = [] } = {}) => {
        const child = spawn('sh', ['-c', script, 'sh', ...words]);
        child.stdout.destroy();
        child.stderr.destroy();
        child.stdin.end('{"PASSWORD": ');
        const [code] = await once(child, 'exit');
        return { code, stdout: '', stderr: '' };
      },
    };
    expect((await start(gone, '{"PASSWORD": "x"}')).code).not.toBe(0);
    await connection.close();
    expect(await readdir(join(hosts.folder, 'web/state/_deploy'))).toEqual([]);
  });
});

describe('settings that a run left on a host', () => {
  const lookOf = { version: undefined, command: undefined, system: 'Linux', machine: 'x86_64' };
  const { signal } = new AbortController();

  /** Starts with settings on a host whose command does something; its settings are in the file "$2". */
  async function startWith(command: string) {
    const stateDir = join(hosts.folder, 'web/state');
    const connection = await hosts.connect({ name: 'web', stateDir });
    const program = await hosts.add(
      'web',
      `while [ "$1" != --env-file ]; do shift; done; ${command}`,
    );
    const remote = new Remote(connection, { ...lookOf, stateDir }, program);
    const settings = () => readdir(join(stateDir, '_deploy'));
    return { connection, settings, answer: remote.start(['import'], '/a/sent', 'A=1\n') };
  }

  test('are removed by the next deployment where the host died in the middle of it', async () => {
    const { connection, settings, answer } = await startWith('kill -9 $PPID');
    await answer.catch(() => undefined);
    expect(await settings()).toEqual([expect.stringMatching(/^settings-\d+\.json$/)]);
    await lookAt(connection, signal);
    expect(await settings()).toEqual([]);
    await connection.close();
  });

  test('stay while a run of another deployment needs them', async () => {
    const go = join(hosts.folder, 'go');
    const { connection, settings, answer } = await startWith(
      `while [ ! -e '${go}' ]; do sleep 0.05; done; cat "$2"`,
    );
    while ((await settings().catch(() => [])).length === 0) await delay(20);
    await lookAt(connection, signal);
    await writeFile(go, '');
    expect(await answer).toMatchObject({ code: 0, stdout: 'A=1\n' });
    expect(await settings()).toEqual([]);
    await connection.close();
  });
});

test('a command that was sent before and is damaged is not run again', async () => {
  const stateDir = join(hosts.folder, 'web/state');
  const program = '#!/bin/sh\necho 1.2.3\n';
  const sha256 = createHash('sha256').update(program).digest('hex');
  const file = join(stateDir, '_deploy', `bundle-${sha256.slice(0, 12)}`);
  await mkdir(join(stateDir, '_deploy'), { recursive: true });
  await writeFile(file, program, { mode: 0o700 });
  const connection = await hosts.connect({ name: 'web', stateDir });
  const { signal } = new AbortController();
  expect(await lookAt(connection, signal)).toMatchObject({ command: file, version: '1.2.3' });
  await writeFile(file, program.replace('1.2.3', '6.6.6'));
  expect(await lookAt(connection, signal)).toMatchObject({ command: undefined });
  await connection.close();
});

test.each([
  ['sudo: a password is required', /without a password/],
  ['sh: 1: exec: sudo: not found', /Install sudo/],
])('%s comes with what to do', (stderr, hint) => {
  const error = failureOf('web', 'asking', { code: 1, stdout: '', stderr });
  expect(error?.details.hint).toMatch(hint);
});

test('what a host says at great length is cut in errors', () => {
  const long = 'x'.repeat(1_000_000);
  const answers = [
    {
      code: 1,
      stdout: JSON.stringify({ error: { code: 'busy', message: long, hint: long } }),
      stderr: '',
    },
    { code: 1, stdout: '', stderr: long },
  ];
  for (const answer of answers) {
    const error = failureOf('web', 'asking', answer);
    expect(`${error?.message}${error?.details.hint}`.length).toBeLessThan(5_000);
  }
});

test('a command that is sent takes the place of those that were sent long ago', async () => {
  const stateDir = join(hosts.folder, 'web/state');
  const sent = join(stateDir, '_deploy');
  await mkdir(sent, { recursive: true });
  const monthsAgo = new Date(Date.now() - 60 * 24 * 3600 * 1000);
  for (const name of ['bundle-0123456789ab', 'bundle-ba9876543210.part']) {
    await writeFile(join(sent, name), 'old');
    await utimes(join(sent, name), monthsAgo, monthsAgo);
  }
  await writeFile(join(sent, 'bundle-aaaaaaaaaaaa'), 'of another deployment');
  const connection = await hosts.connect({ name: 'web' });
  const look = { version: undefined, command: undefined, system: 'Linux', machine: 'x86_64' };
  const remote = new Remote(connection, { ...look, stateDir }, '');
  const bytes = Buffer.from('#!/bin/sh\n');
  const from = async function* (start: number) {
    yield bytes.subarray(start);
  };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const options = { onBytes: () => undefined, signal: new AbortController().signal };
  await remote.sendProgram({ bytes: bytes.length, from }, sha256, options);
  await connection.close();
  const left = ['bundle-aaaaaaaaaaaa', `bundle-${sha256.slice(0, 12)}`].sort();
  expect((await readdir(sent)).sort()).toEqual(left);
});
