import {
  BundleError,
  type BundleManifest,
  type Digest,
  defined,
  isDerivedOrder,
  orderOf,
} from '@bundle/format';
import {
  type Candidate,
  channelOf,
  currentOf,
  isStaged,
  type Journal,
  judgeOrder,
  type Release,
  readSeen,
  readStaged,
  stagedNames,
} from '@bundle/host';

export interface OrderOptions {
  /** Requested channel; absent: the one that the instance follows. */
  readonly channel?: string;
  /** Accept a bundle that is older than one this host has seen, and make the instance count from it on. */
  readonly allowOlder?: boolean;
  /** Whether this host requires signatures: then an order that nobody chose counts as well. */
  readonly isSigned: boolean;
  /** Whether it is started next. */
  readonly up?: boolean;
}

/** Position of a bundle relative to those that this host has seen. */
export interface OrderReport {
  readonly candidate: Candidate;
  /** Whether it is older, and was accepted on request. */
  readonly isAllowedOlder: boolean;
  /** The highest sequence that was imported, if it only seems older: nobody chose its sequence. */
  readonly seemsOlderThan?: number;
}

/**
 * Checks whether a bundle may follow those that this host has imported (docs/bundle-format.md §16.3). Fails with
 * `project-foreign`, `channel-foreign`, `bundle-older`, `bundle-replayed` or `trust-invalid`.
 */
export async function checkOrder(
  { manifest, digest }: { readonly manifest: BundleManifest; readonly digest: Digest },
  release: Release,
  journal: Journal | undefined,
  { channel: asked, allowOlder = false, isSigned, up = false }: OrderOptions,
): Promise<OrderReport> {
  const { instance } = release;
  await checkProduct(manifest, release, journal?.product);
  const candidate = { ...orderOf(manifest), instance: instance.name, digest };
  const seen = await readSeen(instance.stateDir, manifest.product, allowOlder ? 'ignore' : 'fail');
  const followed = asked ?? channelOf(seen, instance.name) ?? candidate.channel;
  if (candidate.channel !== followed) throw channelForeign(release, candidate, followed, asked);
  const { verdict, highest } = judgeOrder(seen, candidate);
  const goesBack = verdict === 'older' || verdict === 'replayed';
  if (!goesBack || (await changesNothing(release, journal, up)))
    return { candidate, isAllowedOlder: false };
  if (allowOlder) return { candidate, isAllowedOlder: true };
  if (isDerivedOrder(manifest) && !isSigned) {
    return { candidate, isAllowedOlder: false, ...defined({ seemsOlderThan: highest?.sequence }) };
  }
  const found = `${manifest.version}, of sequence ${candidate.sequence}`;
  throw new BundleError(verdict === 'older' ? 'bundle-older' : 'bundle-replayed', {
    operation: 'comparing with the bundles imported on this host',
    subject: `${manifest.product} ${manifest.version}`,
    expected: `sequence ${highest?.sequence} of channel ${candidate.channel}, or a later one`,
    found: verdict === 'older' ? found : `${found}, which another bundle has replaced since`,
    hint: hintFor(release, await isStaged(release), highest?.sequence ?? 0),
  });
}

function hintFor(
  { manifest, instance: { name } }: Release,
  isHere: boolean,
  highest: number,
): string {
  const { version } = manifest;
  const onPurpose = isHere
    ? `It is on this host already: \`bundle up ${version} --name ${name}\` starts it.`
    : 'If this is on purpose, import it with --allow-older.';
  const derived = isDerivedOrder(manifest)
    ? `If it is the newest, export it again with --sequence ${highest + 1}: nobody chose its sequence. `
    : '';
  return `Get the newest bundle. ${derived}${onPurpose}`;
}

/**
 * Tells whether an import would change nothing: the release runs or is current, or the instance runs something else and
 * already has the files.
 */
async function changesNothing(
  release: Release,
  journal: Journal | undefined,
  up: boolean,
): Promise<boolean> {
  if (!(await isStaged(release))) return false;
  const running = journal?.running?.release;
  if (running === release.name) return true;
  if ((await currentOf(release.instance)) === release.name) return true;
  const isOperated = (running ?? journal?.pending ?? null) !== null;
  return isOperated && !up;
}

/**
 * Checks that the instance belongs to the same product. Without a journal, as after an import without a start, its
 * releases tell. Fails with `project-foreign`.
 */
async function checkProduct(
  { product }: BundleManifest,
  { instance, name }: Release,
  started: string | undefined,
): Promise<void> {
  const staged = started === undefined ? await stagedNames(instance) : [];
  // The same release: its name contains the digest of its bundle.json.
  if (staged.includes(name)) return;
  const [first] = staged;
  const found = started ?? (first && (await readStaged(instance, first)).manifest.product);
  if (found === undefined || found === product) return;
  throw new BundleError('project-foreign', {
    operation: 'importing into',
    subject: instance.name,
    expected: `the application ${product}`,
    found: `the application ${found}`,
    hint: 'Give it another name with --name.',
  });
}

function channelForeign(
  { instance, manifest }: Release,
  { channel }: Candidate,
  followed: string,
  asked: string | undefined,
): BundleError {
  const why = asked === undefined ? `${instance.name} follows` : '--channel names';
  return new BundleError('channel-foreign', {
    operation: 'comparing the channel of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: `channel ${followed}, which ${why}`,
    found: `channel ${channel}`,
    hint: `If ${instance.name} is to follow it from now on: --channel ${channel}. For a second instance: --name.`,
  });
}
