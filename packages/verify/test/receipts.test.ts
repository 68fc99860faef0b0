import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError, type Digest, type Receipt } from '@bundle/format';
import { makeSshKey, sshSign } from '@bundle/testkit';
import { parseAllowedSigners } from '@bundle/trust';
import { compareHosts, type KnownRelease } from '../src/receipts/compare-hosts.ts';
import { type ReadReceipt, readReceipts } from '../src/receipts/read-receipts.ts';

const digest = (digit: number): Digest => `sha256:${String(digit).padStart(64, '0')}`;
const releaseOf = (sequence: number, more: Partial<Receipt['releases'][number]> = {}) => ({
  instance: 'shop',
  product: 'shop',
  version: `${sequence}.0`,
  channel: 'stable',
  sequence,
  digest: digest(sequence),
  imported: '2026-01-01T00:00:00Z',
  current: false,
  signers: [],
  ...more,
});
const receiptOf = (host: string, releases: Receipt['releases'], entries = 1): Receipt => ({
  kind: 'bundle-receipt',
  schemaVersion: 1,
  host,
  made: '2026-01-01T00:00:00Z',
  history: { entries, head: digest(entries), intact: true },
  releases,
});
const read = (receipt: Receipt): ReadReceipt => ({
  file: receipt.host,
  receipt,
  signatures: { signatures: [], signers: 0 },
});
const compare = (receipts: readonly Receipt[], others: readonly KnownRelease[] = []) =>
  compareHosts(receipts.map(read), others);
const versions = (releases: readonly KnownRelease[] = []) => releases.map(({ version }) => version);

test('a host lacks what is newer in its channel, and not what it has or what is of another channel or product', () => {
  const [one, two] = compare(
    [
      receiptOf('a', [releaseOf(1, { running: '2026-01-02T00:00:00Z' }), releaseOf(2)]),
      receiptOf('b', [releaseOf(4), releaseOf(3, { current: true })]),
    ],
    [
      releaseOf(5),
      releaseOf(6, { channel: 'beta' }),
      { ...releaseOf(7), product: 'library' },
      releaseOf(0),
    ],
  );
  expect(one?.instances[0]?.release.version).toBe('1.0');
  expect(versions(one?.instances[0]?.lacks)).toEqual(['3.0', '4.0', '5.0']);
  expect(versions(one?.instances[0]?.waiting)).toEqual(['2.0']);
  expect(two?.instances[0]?.release.version).toBe('3.0');
  expect(versions(two?.instances[0]?.lacks)).toEqual(['5.0']);
  expect(versions(two?.instances[0]?.waiting)).toEqual(['4.0']);
});

test('of several receipts of a host the one with the longest log counts, whatever its clock said', () => {
  const old = { ...receiptOf('a', [releaseOf(1)], 3), made: '2030-01-01T00:00:00Z' };
  const [host] = compare([old, receiptOf('a', [releaseOf(2)], 5)]);
  expect(host?.instances[0]?.release.version).toBe('2.0');
  expect(host?.warnings).toEqual(['a later receipt of it has a shorter log']);
});

test('thousands of hosts with thousands of releases are compared in a moment', () => {
  const receipts = Array.from({ length: 2_000 }, (_, host) => {
    const own = Array.from({ length: 50 }, (_, index) => releaseOf(1 + host * 50 + index));
    return receiptOf(`host-${host}`, own);
  });
  const started = performance.now();
  const [first] = compare(receipts);
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(first?.instances[0]?.lacks).toHaveLength(100);
});

test('a host that has nothing is listed', () => {
  expect(compare([receiptOf('a', [])])).toMatchObject([{ host: 'a', instances: [], warnings: [] }]);
});

describe('of thousands of changed receipts', () => {
  let work: string;
  let file: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'receipt-mutants-'));
    file = join(work, 'receipt');
    await writeFile(file, JSON.stringify(receiptOf('a', [releaseOf(1), releaseOf(2)]), null, 1));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  /** Each byte changed in one bit, each in turn left out, and each place where the text may end. */
  function* mutants(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      yield flipped;
      yield Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      if (at % 4 === 0) yield bytes.subarray(0, at);
    }
  }

  test('none that is not signed does more than be read or be refused', async () => {
    const good = await readFile(file);
    const mutant = join(work, 'mutant');
    let refusals = 0;
    for (const bytes of mutants(good)) {
      await writeFile(mutant, bytes);
      const { receipts, refused } = await readReceipts([mutant], { required: 0, now: new Date() });
      expect(receipts.length + refused.length).toBe(1);
      for (const { error } of refused) expect(error.code).toBe('receipt-invalid');
      refusals += refused.length;
      compareHosts(receipts, []);
    }
    expect(refusals).toBeGreaterThan(1000);
  }, 60_000);

  test('none is accepted that was signed before it was changed', async () => {
    const key = await makeSshKey(work, 'ed25519');
    const good = await readFile(file);
    await writeFile(`${file}.sig`, await sshSign(key, 'bundle-receipt@v1', good));
    const trusted = parseAllowedSigners(`site ${await readFile(`${key}.pub`, 'utf8')}`, 'keys');
    const policy = { required: 1, trusted, now: new Date() };
    expect((await readReceipts([file], policy)).receipts).toHaveLength(1);
    for (const bytes of mutants(good)) {
      await writeFile(file, bytes);
      const { receipts, refused } = await readReceipts([file], policy);
      expect(receipts).toEqual([]);
      expect(refused[0]?.error).toBeInstanceOf(BundleError);
    }
  }, 60_000);
});
