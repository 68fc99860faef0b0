import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey, ssh, sshPath } from '@bundle/testkit';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { bundle } from './run-bundle.ts';

let work: string;
let key: string;
let bundles: Record<string, string>;
const env = { PATH: sshPath };
const at = (name: string): string => join(work, name);
const run = (...args: readonly string[]) => bundle(args, { env });

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'receipts-'));
  key = await makeSshKey(work, 'ed25519', 'site');
  bundles = {};
  for (const [index, version] of ['1.0', '1.1', '2.0'].entries()) {
    const options = { version, sequence: index + 1 };
    bundles[version] = (await buildBundle(at(`shop-${version}.tar`), undefined, options)).path;
  }
  await importInto('a', '1.0');
  await importInto('b', '1.0');
  await importInto('b', '1.1');
  await mkdir(at('receipts'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function importInto(host: string, version: string) {
  const engine = ['--engine', `oci:${at(`engine-${host}`)}`, '--ignore', 'compose', '--yes'];
  const state = ['--state-dir', at(`state-${host}`)];
  const result = await run('import', bundles[version] ?? '', ...engine, ...state);
  if (result.code !== 0) throw new Error(result.stderr);
}
const receiptOf = (host: string, file: string, ...args: readonly string[]) =>
  run('receipt', '-o', at(file), '--state-dir', at(`state-${host}`), '--host', host, ...args);
const json = async (...args: readonly string[]) => {
  const { stdout, code } = await run('receipts', ...args, '--json');
  return { code, ...JSON.parse(stdout) };
};

test('history shows what was imported, by whom, and how the log ends', async () => {
  const { stdout, code } = await run('history', '--state-dir', at('state-b'));
  expect(code).toBe(0);
  expect(stdout).toMatch(/import +shop +1\.0 [0-9a-f]{12} +nobody +done/);
  expect(stdout).toMatch(/4 entries, the last one sha256:[0-9a-f]{64}/);
  const { rows, head } = JSON.parse(
    (await run('history', '--state-dir', at('state-b'), '--last', '1', '--json')).stdout,
  );
  expect(rows).toMatchObject([{ version: '1.1', outcome: 'done' }]);
  expect(stdout).toContain(head);
  expect((await run('history', '--state-dir', at('none'))).stdout).toContain('Nothing was done');
});

test('history names the first entry that was changed, and shows the others', async () => {
  await importInto('c', '1.0');
  await importInto('c', '1.1');
  const log = at('state-c/_history/log.jsonl');
  await writeFile(log, (await readFile(log, 'utf8')).replace('"done"', '"failed"'));
  const { code, stdout, stderr } = await run('history', '--state-dir', at('state-c'));
  expect(code).toBe(99);
  expect(stderr).toContain('entry 3: the entry before it was changed');
  expect(stdout).toContain('1.1');
  await receiptOf('c', 'c.receipt');
  expect((await run('receipts', at('c.receipt'))).stdout).toContain('c: its log was changed');
});

test('receipts show which host has which release and what each lacks', async () => {
  await receiptOf('a', 'receipts/a.receipt');
  await receiptOf('b', 'receipts/b.receipt');
  const found = await json(at('receipts'), '--bundle', bundles['2.0'] ?? '');
  expect(found).toMatchObject({
    code: 0,
    refused: [],
    hosts: [
      {
        host: 'a',
        instances: [
          {
            instance: 'shop',
            release: { version: '1.0' },
            lacks: [{ version: '1.1' }, { version: '2.0' }],
          },
        ],
      },
      { host: 'b', instances: [{ release: { version: '1.1' }, lacks: [{ version: '2.0' }] }] },
    ],
  });
  const { stdout } = await run('receipts', at('receipts'));
  expect(stdout).toMatch(/a +shop +shop 1\.0 +- +1\.1 +nobody +not signed/);
  expect(stdout).toMatch(/b +shop +shop 1\.1 +- +nothing +nobody +not signed/);
});

test('a signed receipt is checked by ssh-keygen too, and refused when it was changed or nobody knows the key', async () => {
  const signed = await receiptOf('a', 'signed', '--sign', key);
  expect(signed).toMatchObject({ code: 0, stdout: expect.stringContaining('ssh-ed25519 SHA256:') });
  await writeFile(at('keys'), `site ${await readFile(`${key}.pub`, 'utf8')}`);
  const args = ['-Y', 'verify', '-f', at('keys'), '-I', 'site', '-n', 'bundle-receipt@v1'];
  const words = await ssh('ssh-keygen', [...args, '-s', at('signed.sig')], {
    input: await readFile(at('signed')),
  });
  expect(words).toContain('Good "bundle-receipt@v1" signature for site');
  const list = ['--allowed-signers', at('keys')];
  expect(await json(at('signed'), ...list)).toMatchObject({
    code: 0,
    hosts: [{ signatures: { signatures: [{ verdict: 'trusted', principals: 'site' }] } }],
  });
  expect((await run('receipts', at('signed'), ...list)).stdout).toContain('signed by site');
  await writeFile(
    at('unknown'),
    `other ${await readFile(`${await makeSshKey(work, 'ecdsa-256')}.pub`, 'utf8')}`,
  );
  expect(await json(at('signed'), '--allowed-signers', at('unknown'))).toMatchObject({
    code: 66,
    hosts: [],
  });
  await writeFile(at('signed'), (await readFile(at('signed'), 'utf8')).replace('"1.0"', '"9.0"'));
  expect(await json(at('signed'))).toMatchObject({
    code: 65,
    refused: [{ code: 'signature-invalid' }],
  });
});

test('a signature over a bundle is none over a receipt', async () => {
  await receiptOf('a', 'plain');
  const text = await readFile(at('plain'));
  const made = await ssh(
    'ssh-keygen',
    ['-Y', 'sign', '-q', '-f', key, '-n', 'bundle-manifest@v1'],
    { input: text },
  );
  await writeFile(at('plain.sig'), made);
  expect(await json(at('plain'))).toMatchObject({ code: 65 });
  // A new receipt takes the signature of the old one away.
  await receiptOf('a', 'plain');
  expect(await json(at('plain'))).toMatchObject({ code: 0 });
});

test('one bad file in a folder does not hide the others, and is named', async () => {
  const folder = at('mixed');
  await mkdir(folder);
  await copyFile(at('receipts/a.receipt'), join(folder, 'a.receipt'));
  await writeFile(join(folder, 'notes.txt'), 'call Bob');
  await writeFile(join(folder, 'deep.json'), '['.repeat(100_000));
  await writeFile(join(folder, 'large.json'), 'x'.repeat(2_000_000));
  await writeFile(join(folder, 'twice.json'), '{"kind":"bundle-receipt","kind":"bundle-receipt"}');
  await symlink('/dev/zero', join(folder, 'zero'));
  const found = await json(folder);
  expect(found).toMatchObject({ code: 100, hosts: [{ host: 'a' }] });
  expect(found.refused.map(({ file }: { file: string }) => file.slice(folder.length + 1))).toEqual([
    'deep.json',
    'large.json',
    'notes.txt',
    'twice.json',
    'zero',
  ]);
  expect(await run('receipts', at('nothing'))).toMatchObject({ code: 45 });
});

test('what a receipt says cannot change what the terminal shows', async () => {
  const receipt = JSON.parse(await readFile(at('receipts/a.receipt'), 'utf8'));
  receipt.host = 'a\u001b[2K\rb';
  receipt.releases[0].signers = [
    { key: 'SHA256:x', name: 'evil\u001b[31m\nsigned', verdict: 'trusted' },
  ];
  await writeFile(at('evil'), JSON.stringify(receipt));
  const { stdout } = await run('receipts', at('evil'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('a log that became shorter, or another one of one length, is noticed by its receipts', async () => {
  await importInto('d', '1.0');
  await importInto('d', '1.1');
  await receiptOf('d', 'd-1');
  await rm(at('state-d/_history'), { recursive: true });
  await rm(at('state-d/_trust'), { recursive: true });
  await importInto('d', '2.0');
  await receiptOf('d', 'd-2');
  const warnings = async () => (await json(at('d-1'), at('d-2'))).hosts[0].warnings;
  expect(await warnings()).toEqual(['a later receipt of it has a shorter log']);
  const log = at('state-d/_history/log.jsonl');
  await appendFile(log, '');
  await rm(at('state-d/shop'), { recursive: true });
  await importInto('d', '2.0');
  await receiptOf('d', 'd-2');
  expect(await warnings()).toEqual(['two receipts of it have different logs of one length']);
});

test('a path of receipts where nothing is says what was expected', async () => {
  const { code, stderr } = await bundle(['receipts', '/nonexistent/receipts']);
  expect(code).toBe(45);
  expect(stderr).toContain('expected: a receipt, or a folder of receipts');
});
