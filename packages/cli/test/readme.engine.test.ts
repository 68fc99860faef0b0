import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '@bundle/testkit';
import { ending } from './small-app.ts';

// The commands of README.md, in its order, as somebody types them who has just read it.
const root = join(import.meta.dirname, '../../..');

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'readme-'));
  await cp(join(root, 'fixtures/llm-chat'), join(work, 'llm-chat'), { recursive: true });
});
afterAll(async () => {
  await type(`${onOffline} uninstall --state-dir ${work}/state --yes --volumes`);
  const cache = process.env['BUNDLE_CACHE_DIR'] ?? join(homedir(), '.cache/offline-bundle');
  const quickstart = join(cache, 'quickstart/state');
  await type(`${onOffline} uninstall --state-dir ${quickstart} --yes --volumes`);
  await rm(work, { recursive: true, force: true });
});

const onOffline = 'scripts/engines exec offline-28 scripts/bundle';

/** In a shell that knows no engine yet. */
function type(command: string) {
  const { DOCKER_HOST: _, ...env } = process.env;
  return outputOf(spawn('bash', ['-c', command], { cwd: root, env }));
}

/** Commands of a section: in `sh` blocks every line, in `console` blocks those after a prompt. */
async function commandsOf(section: string): Promise<string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, text = ''] = readme.split(`\n## ${section}\n`);
  const [own = ''] = text.split('\n## ');
  return [...own.matchAll(/^```(sh|console)\n(.*?)^```/gms)].flatMap(([, kind, lines = '']) =>
    lines
      .split('\n')
      .filter((line) => line !== '' && (kind === 'sh' || line.startsWith('$ ')))
      .map((line) => line.replace(/^\$ /, '')),
  );
}

/** Neither the shared /tmp nor the checkout is changed. */
function elsewhere(command: string): string {
  return command
    .replaceAll('/tmp/', `${work}/`)
    .replace('-C /tmp ', `-C ${work} `)
    .replace(/(sed .*|--source )fixtures\/llm-chat/, `$1${work}/llm-chat`);
}

test('“Two commands”, then “Five minutes”, work as they are printed', async () => {
  const [quickstart = ''] = await commandsOf('Two commands on a bare machine');
  expect(quickstart).toMatch(/^scripts\/quickstart/);
  await ending(0, type(quickstart));
  const commands = await commandsOf('Five minutes');
  expect(commands.length).toBeGreaterThan(10);
  const answers: string[] = [];
  for (const command of commands) {
    const isRefused = /verify \/tmp\/(bad|cut)\.tar$/.test(command);
    const output = await type(elsewhere(command));
    if ((output.code === 0) === isRefused)
      throw new Error(`${command}: ${output.code}\n${output.stderr}${output.stdout}`);
    if (command.includes('/api/chat')) answers.push(output.stdout.trim());
  }
  expect(answers).toEqual([
    '{"answer":"You said: hello","message":"hello"}',
    '{"answer":"Changed here: hello","message":"hello"}',
  ]);
}, 600_000);
