import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { invisible } from '@bundle/format';
import { makeSshKey, sshPath } from '@bundle/testkit';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { measured } from './measured.ts';

// What a host keeps, what comes back from hosts, and what somebody writes for the command: each may be damaged or hostile.

let work: string;
let key: string;
let release: string;
const at = (...names: readonly string[]): string => join(work, ...names);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'host-files-'));
  key = await readFile(`${await makeSshKey(work, 'ed25519')}.pub`, 'utf8');
  const { path } = await buildBundle(at('shop.tar'), undefined, { sequence: 10 });
  await run(
    'good',
    'import',
    path,
    '--engine',
    `oci:${at('engine')}`,
    '--ignore',
    'compose',
    '--yes',
  );
  await run('good', 'receipt', '-o', at('good.receipt'), '--host', 'a');
  await run('good', 'inventory', '-o', at('good.inventory'), '--engine', `oci:${at('engine')}`);
  [release = ''] = await readdir(at('good/state/shop/releases'));
  await writeFile(at('compose.yaml'), 'name: shop\nservices: {api: {image: "shop-api:1.0"}}\n');
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** Runs the command on a host of its own, a folder below `work`. */
function run(host: string, ...args: readonly string[]) {
  const home = at(host);
  const env = { PATH: sshPath, BUNDLE_STATE_DIR: join(home, 'state'), XDG_CONFIG_HOME: home };
  return measured(args, { cwd: work, env });
}

const words = (count: number, word: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join('');

/** Contents that no file of a host has; 'sparse' stands for 1.5 GiB of zeros. */
const contents: readonly (readonly [string, (valid: string) => string | Buffer | 'sparse'])[] = [
  ['100,000 levels', () => '['.repeat(100_000)],
  ['a key twice', () => '{"schemaVersion": 1, "schemaVersion": 1}\n'],
  ['__proto__', () => '{"__proto__": {"signers": 0}, "schemaVersion": 1}\n'],
  [
    'control characters',
    () => '{"\\u001b[2J\\u202e": "\u001b]0;x\u0007\u202e"}\n\u001b[2J a=b \u202e\n',
  ],
  [
    'bytes that are not UTF-8',
    (valid) => Buffer.concat([Buffer.from([0xff, 0xfe, 0xc3, 0x28]), Buffer.from(valid)]),
  ],
  ['half of it', (valid) => valid.slice(0, valid.length / 2)],
  ['400,000 empty objects', () => `[${'{},'.repeat(399_999)}{}]`],
  [
    '300,000 wrong items',
    () => {
      const items = `[${'1,'.repeat(299_999)}1]`;
      return `{"schemaVersion":1,"hosts":${items},"history":${items},"releases":${items},"layers":${items}}`;
    },
  ],
  ['100,000 keys', () => `{${words(100_000, (index) => `"k${index}":1,`)}"k":1}`],
  ['a key of 900,000 characters', () => `{"${'k'.repeat(900_000)}":1,"${'k'.repeat(900_000)}":1}`],
  ['500,000 quotation marks', () => '"'.repeat(500_000)],
  ['one line of 3 million characters', () => 'x'.repeat(3_000_000)],
  ['a million lines', () => 'x\n'.repeat(1_000_000)],
  ['1.5 GiB', () => 'sparse'],
];

interface Kind {
  /** Path on the host. */
  readonly file: string;
  readonly valid?: () => Promise<string> | string;
  readonly args: (file: string) => readonly string[];
  /** Exit codes of refusals. */
  readonly codes: readonly number[];
  /** Contents in which this kind of file has nothing wrong. */
  readonly accepts?: RegExp;
}

const importing = () => [
  'import',
  at('shop.tar'),
  '--engine',
  `oci:${at('engine')}`,
  '--ignore',
  'compose',
  '--yes',
];
// No file has a host of that name: none is connected to.
const deploying = (file: string) => {
  const more = ['--limit', 'none', '--dry-run', '--yes'];
  return ['deploy', at('shop.tar'), '--hosts', file, ...more];
};
const exporting = (file: string) => {
  const more = ['--engine', `oci:${at('shop.tar.layout')}`, '--no-runtime', '--pull', 'never'];
  return ['export', '--for', file, '-o', `${file}.tar`, ...more];
};

const kinds: readonly (readonly [string, Kind])[] = [
  [
    'the trusted keys',
    {
      file: 'state/_trust/allowed_signers',
      valid: () => `shop ${key}`,
      args: () => ['trust', 'list'],
      codes: [69],
    },
  ],
  [
    'the revoked keys',
    { file: 'state/_trust/revoked', valid: () => key, args: importing, codes: [69] },
  ],
  [
    'the policy',
    {
      file: 'state/_trust/policy.json',
      valid: () => '{"schemaVersion": 1, "signers": 0}',
      args: importing,
      codes: [69],
    },
  ],
  [
    'the clock',
    {
      file: 'state/_trust/clock.json',
      valid: () => '{"schemaVersion": 1, "latest": "2026-01-01T00:00:00Z"}',
      args: importing,
      codes: [69],
    },
  ],
  [
    'what was seen of a product',
    { file: 'state/_trust/seen/shop.json', args: importing, codes: [69] },
  ],
  // An end that is no whole line may be an entry that is being written.
  [
    'the log',
    { file: 'state/_history/log.jsonl', args: () => ['history'], codes: [99], accepts: /^half/ },
  ],
  [
    'the journal',
    {
      file: 'state/shop/journal.json',
      valid: () =>
        '{"schemaVersion": 1, "product": "shop", "running": null, "pending": null, "history": []}',
      args: () => ['releases'],
      codes: [57, 45],
    },
  ],
  [
    'bundle.json of a release',
    { file: 'state/shop/releases/RELEASE/bundle.json', args: () => ['releases'], codes: [51, 45] },
  ],
  [
    'a receipt',
    {
      file: 'receipts/b',
      valid: () => readFile(at('good.receipt'), 'utf8'),
      args: (file) => ['receipts', dirname(file)],
      codes: [100],
    },
  ],
  [
    'a list of signers',
    {
      file: 'signers',
      valid: () => `shop ${key}`,
      args: (file) => ['verify', at('shop.tar'), '--allowed-signers', file],
      codes: [69, 45],
    },
  ],
  [
    'an inventory',
    {
      file: 'inventory',
      valid: () => readFile(at('good.inventory'), 'utf8'),
      args: exporting,
      codes: [72],
    },
  ],
  [
    'a spec',
    {
      file: 'shop.yaml',
      valid: () => 'schemaVersion: 1\nproduct: shop\nversion: 1',
      args: (file) => ['validate', file],
      codes: [11, 12, 45],
      accepts: /^a key twice$/,
    },
  ],
  [
    'a file of hosts',
    { file: 'hosts.yaml', valid: () => '{"hosts": ["a", "b"', args: deploying, codes: [160, 45] },
  ],
  [
    'an inventory of Ansible',
    { file: 'hosts.ini', valid: () => '[web]\na x=1\nb "', args: deploying, codes: [160, 45] },
  ],
  [
    'the configuration',
    {
      file: 'bundle/config.yaml',
      valid: () => 'state-dir: "/a',
      args: () => ['releases'],
      codes: [2],
      // Larger than 64 KiB: it is ignored, and the command says so.
      accepts: /levels|00,000|million|GiB/,
    },
  ],
  [
    'settings for a start',
    {
      file: 'settings.json',
      valid: () => '{"A": "b"',
      args: (file) => [...importing(), '--up', '--env-file', file],
      codes: [45],
    },
  ],
];

const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';

describe.each(kinds)('%s', (name, { file, valid, args, codes, accepts }) => {
  // A third of the contents for each kind, other ones for the next; BUNDLE_TEST_SWEEP=1 has all of them for each.
  const place = kinds.findIndex(([one]) => one === name);
  const chosen = contents.filter((_, index) => sweep || (index + place) % 3 === 0);
  test('is refused, whatever it has in it, in a moment, in little memory and in few words', async () => {
    const good =
      valid === undefined ? await readFile(placed(at('good', file)), 'utf8') : await valid();
    const found = await Promise.all(
      chosen.map(async ([title, content], index) => {
        const host = `${name}-${index}`;
        const path = placed(at(host, file));
        await cp(at('good'), at(host), { recursive: true, verbatimSymlinks: true });
        await mkdir(dirname(path), { recursive: true });
        const bytes = content(good);
        await writeFile(path, bytes === 'sparse' ? '' : bytes);
        if (bytes === 'sparse') await truncate(path, 1.5 * 2 ** 30);
        const { code, stdout, stderr, cpuSeconds, megabytes } = await run(host, ...args(path));
        const text = `${stdout}${stderr}`;
        const isAccepted = code === 0 && accepts?.test(title) === true;
        return {
          title,
          code:
            codes.includes(code ?? -1) || isAccepted ? 'refused' : `${code}: ${text.slice(0, 500)}`,
          raw: text.replaceAll('\n', '').match(invisible),
          isShort: text.length < 20_000,
          isQuick: cpuSeconds < 5,
          isSmall: megabytes < 300,
        };
      }),
    );
    const whole = { code: 'refused', raw: null, isShort: true, isQuick: true, isSmall: true };
    expect(found).toEqual(chosen.map(([title]) => ({ title, ...whole })));
  });
});

function placed(path: string): string {
  return path.replace('RELEASE', release);
}
