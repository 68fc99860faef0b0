import {
  type Digest,
  defined,
  limits,
  orderOf,
  type Receipt,
  receiptKind,
  type Signer,
} from '@bundle/format';
import { listInstances, readInstance } from '../instance.ts';
import { readHistory } from './read.ts';

/** Writes down which releases this host has and runs, who signed them, and where its log is. Changes nothing. */
export async function takeReceipt(stateDir: string, host: string, now: Date): Promise<Receipt> {
  const { imports, history } = await readImports(stateDir);
  const states = await Promise.all((await listInstances(stateDir)).map(readInstance));
  const releases = states.flatMap(({ name: instance, releases, current, journal }) =>
    releases.map(({ name, manifest, digest, staged }): Receipt['releases'][number] => {
      const running = journal?.running?.release === name ? journal.running.since : undefined;
      const recorded = imports.get(importKey(instance, digest));
      const { product, version } = manifest;
      return {
        ...{ instance, product, version, ...orderOf(manifest), digest },
        imported: recorded?.time ?? staged,
        ...defined({ running, signers: recorded?.signers }),
        current: current === name,
      };
    }),
  );
  const newest = releases.toSorted((a, b) => (a.imported < b.imported ? 1 : -1));
  return {
    kind: receiptKind,
    schemaVersion: 1,
    host,
    made: now.toISOString(),
    history,
    releases: newest.slice(0, limits.maxReceiptReleases),
  };
}

interface Imports {
  readonly imports: ReadonlyMap<string, { readonly time: string; readonly signers?: Signer[] }>;
  readonly history: Receipt['history'];
}

/** When each bundle was last imported into each instance, and who had signed it. */
async function readImports(stateDir: string): Promise<Imports> {
  const imports = new Map<string, { time: string; signers?: Signer[] }>();
  let history: Receipt['history'] = { entries: 0, head: null, intact: true };
  let intact = true;
  for await (const { number, digest, entry, problem, isTorn } of readHistory(stateDir)) {
    if (isTorn === true) continue;
    intact &&= problem === undefined;
    history = { entries: number, head: digest, intact };
    if (entry?.event !== 'began' || entry.action !== 'import' || entry.digest === undefined)
      continue;
    const { instance, time, signers } = entry;
    imports.set(importKey(instance, entry.digest), { time, ...defined({ signers }) });
  }
  return { imports, history };
}

function importKey(instance: string, digest: Digest): string {
  return `${instance} ${digest}`;
}
