import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { forBash, splitLine } from '../src/completion/line.ts';
import { bundle } from './run-bundle.ts';

const run = promisify(execFile);
let work: string;
const main = join(import.meta.dirname, '../bin/bundle.cjs');

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'complete-'));
  await mkdir(join(work, 'bin'));
  const command = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
  await writeFile(join(work, 'bin/bundle'), command, { mode: 0o755 });
  await writeFile(join(work, '.zshenv'), zshHome);
  await mkdir(join(work, 'here/fold er'), { recursive: true });
  for (const name of ['a b.tar', 'c:d.tar', 'x.tar.parts.json', '$(touch run).tar', 'note.txt'])
    await writeFile(join(work, 'here', name), '');
  await writeFile(join(work, 'here', 'two\nlines.tar'), '');
  await symlink('nowhere', join(work, 'here/gone.tar'));
  await writeSampleBundle(join(work, 'here/shop.bundle'), sampleManifest());
  const places = ['--engine', `oci:${join(work, 'engine')}`, '--state-dir', join(work, 'state')];
  const imported = await bundle(['import', join(work, 'here/shop.bundle'), '--yes', ...places]);
  expect(imported.code).toBe(0);
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** Returns what is offered for words, the last one being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const env = { BUNDLE_STATE_DIR: join(work, 'state') };
  const { code, stdout, stderr } = await bundle(['__complete', 'fish', ...words], {
    cwd: join(work, 'here'),
    env,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

test('commands are offered, with the words that people try first', async () => {
  expect(await offered('')).toEqual(expect.arrayContaining(['export', 'import', 'help']));
  expect(await offered('imp')).toEqual(['import', ':none']);
  expect(await offered('help', 'rol')).toEqual(['rollback', ':none']);
});

test('options are offered with their values, and not twice', async () => {
  expect(await offered('import', '--allow-o')).toEqual(['--allow-older', ':none']);
  expect(await offered('import', '--up', '--u')).toEqual([':none']);
  expect(await offered('export', '--split', '')).toEqual(['fat32', 'dvd', 'cd', ':none']);
  expect(await offered('export', '--split=d')).toEqual(['--split=dvd', ':none']);
  expect(await offered('service', '')).toEqual(['install', 'uninstall', 'status', ':none']);
});

test('options that begin with what was typed are offered wherever options are read', async () => {
  for (const before of [
    ['shop.tar'],
    ['--name', 'shop'],
    ['--state-dir', '/x', 'shop.tar', '--up'],
    ['--set', 'A=--', '--state-dir=/x'],
    ['-y', 'shop.tar'],
  ])
    expect({ before, offered: await offered('import', ...before, '--allow-o') }).toEqual({
      before,
      offered: ['--allow-older', ':none'],
    });
  expect(await offered('export', '-o', 'shop.tar', '--forc')).toEqual(['--force', ':none']);
  expect(await offered('import', '-')).toEqual(expect.arrayContaining(['--up', '--help']));
  // What follows -- is no option, nor is the value of one.
  expect(await offered('import', '--', '--allow-o')).toEqual([':files']);
  expect(await offered('import', '--settings', '--allow-o')).toEqual([':files']);
});

test('the language is offered, and what follows it', async () => {
  expect(await offered('--la')).toEqual(['--lang', ':none']);
  expect(await offered('--lang', '')).toEqual(['en', 'zh', ':none']);
  expect(await offered('import', '--lang=z')).toEqual(['--lang=zh', ':none']);
  for (const language of [['--lang', 'zh'], ['--lang=zh']]) {
    expect(await offered(...language, 'imp')).toEqual(['import', ':none']);
    expect(await offered(...language, 'import', '--allow-o')).toEqual(['--allow-older', ':none']);
  }
});

test('applications, releases and services of this host are offered', async () => {
  expect(await offered('status', '--name', '')).toEqual(['shop', ':none']);
  expect(await offered('up', '')).toEqual(['1.0', ':none']);
  expect(await offered('logs', '--name', 'shop', '')).toEqual(['api', ':none']);
});

test('bundles and folders are offered where a bundle is read', async () => {
  const all = ['$(touch run).tar', 'a b.tar', 'c:d.tar', 'fold er/', 'shop.bundle'];
  expect(await offered('verify', '')).toEqual([...all, 'x.tar.parts.json', ':none']);
  expect(await offered('verify', 'note')).toEqual([':files']);
});

test.each([
  ['an unknown command', ['nosuch', '']],
  ['a state folder that does not exist', ['up', '--state-dir', '/nonexistent', '']],
  ['an application that does not exist', ['logs', '--name', 'gone', '']],
  ['an unknown option', ['import', '--nosuch=']],
  ['a folder that does not exist', ['verify', 'gone/']],
])('%s is answered silently', async (_, words) => {
  expect(await offered(...words)).toHaveLength(1);
});

test.each([
  ['bundle import "a', ['import', 'a'], '"'],
  ['bundle import a\\ b', ['import', 'a b'], ''],
  ["A=1 bundle up 'x y' ", ['up', 'x y', ''], ''],
  ['bundle $(touch run) ', ['$(touch', 'run)', ''], ''],
])('%s is split into words', (line, words, quote) => {
  expect(splitLine(line)).toEqual({ words, quote });
});

test('bash gets what follows the last colon or equals sign, quoted', () => {
  expect(forBash('c:d e.tar', splitLine('bundle import c:'))).toBe('d\\ e.tar');
  expect(forBash('--split=dvd', splitLine('bundle export --split=d'))).toBe('dvd');
  expect(forBash('a b.tar', splitLine('bundle import "a'))).toBe('a b.tar');
});

const bashTest = `
source <(bundle completion bash)
complete_line() {
  COMP_LINE=$1 COMP_POINT=\${#1}
  _bundle 2>/dev/null
  printf '%s\\n' "\${COMPREPLY[@]}"
}
complete_line 'bundle imp'
complete_line 'bundle import --name shop --allow-o'
complete_line 'bundle verify a'
complete_line 'bundle verify \\$'
complete_line 'bundle verify $(touch run) '
`;

/** Where zsh that is unpacked in a folder of its own has its modules and functions: it looks in /usr alone. */
const zshHome = `
[[ -z $BUNDLE_SHELLS ]] || {
  module_path+=($BUNDLE_SHELLS/usr/lib/*/zsh/*(N/))
  fpath+=($BUNDLE_SHELLS/usr/share/zsh/functions/**/*(N/))
}
`;

const zshTest = `
zmodload zsh/zpty
zpty shell zsh -d -i
see() {
  local line all
  repeat 100; do
    zpty -rt shell line && all+=$line
    [[ $all == *"$1"* ]] && break
    sleep 0.1
  done
  print -r -- $all
}
zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source <(bundle completion zsh)'
sleep 1
zpty -wn shell $'echo bundle=1; bundle verify a\\t'
see 'verify a\\ b.tar'
zpty -wn shell $'\\C-ubundle import --name shop --allow-o\\t'
see '--allow-older'
`;

const shells = [
  ['bash', ['-c', bashTest], ['import', '--allow-older', 'a\\ b.tar', '\\$\\(touch\\ run\\).tar']],
  ['zsh', ['-d', '-c', zshTest], ['bundle verify a\\ b.tar', '--allow-older']],
  [
    'fish',
    [
      '-c',
      "bundle completion fish | source; complete -C 'bundle verify '; complete -C 'bundle imp'; complete -C 'bundle import --name shop --allow-o'; echo typed (complete -C 'bundle verify a\\\\ ') (complete -C 'bundle verify \"a ')",
    ],
    ['a b.tar', 'shop.bundle', 'typed a b.tar a b.tar', 'import\tload a bundle', '--allow-older'],
  ],
] as const;

for (const [shell, args, seen] of shells) {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  (isThere ? test : test.skip)(`${shell} completes with its script, and runs nothing`, async () => {
    const env = {
      ...process.env,
      HOME: work,
      ZDOTDIR: work,
      PATH: [join(work, 'bin'), process.env['PATH']].join(delimiter),
    };
    const { stdout } = await run(shell, args, { cwd: join(work, 'here'), env });
    for (const text of seen) expect(stdout).toContain(text);
    await expect(run('ls', [join(work, 'here/run')])).rejects.toThrow();
  });
}
