import { readFile, stat } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import {
  type BundleBase,
  BundleError,
  type BundleOrder,
  defined,
  formatDocumentPath,
  formatPlatform,
  type Inventory,
  inventorySchema,
  isDigest,
  limits,
  orderOf,
  type Platform,
  parseBounded,
  parseJson,
  reasonOf,
  runsOn,
} from '@bundle/format';
import type { BundleSource, FindParts } from '@bundle/store';
import { openKnownBundle } from '@bundle/verify';
import { type Holdings, holdingsOfBundle, holdingsOfInventory } from './omission.ts';

/** Layers that the target hosts of a bundle have. */
export interface KnownHosts {
  readonly hosts: readonly Holdings[];
  /** Positions of the bundles that the hosts have. */
  readonly orders?: readonly BundleOrder[];
  readonly base?: BundleBase;
  /** The bundle that the hosts have; absent if only its bundle.json is at hand. */
  readonly source?: BundleSource;
  /** Programs of each host; absent where it is not known what each of them has. */
  readonly programs?: readonly HostPrograms[];
}

/** Programs that a host says it has. */
export interface HostPrograms {
  readonly programs: NonNullable<Inventory['programs']>;
  readonly plugins: NonNullable<Inventory['plugins']>;
}

/**
 * Reads the bundle or bundle.json given as `since`, and inventories. Fails with `base-mismatch`, `platform-mismatch` or
 * `inventory-invalid`, or as opening a bundle does.
 */
export async function readKnownHosts(
  since: string | undefined,
  inventories: readonly string[],
  product: string,
  platform: Platform,
  find?: FindParts,
): Promise<KnownHosts> {
  const hosts: Holdings[] = [];
  const orders: BundleOrder[] = [];
  const programs: HostPrograms[] = [];
  let base: BundleBase | undefined;
  let source: BundleSource | undefined;
  if (since !== undefined) {
    const { manifest, digest, source: opened } = await openKnownBundle(since, find);
    if (manifest.product !== product) throw otherProduct(since, product, [manifest.product]);
    checkPlatform(since, manifest.platform, platform);
    hosts.push(holdingsOfBundle(manifest));
    orders.push(orderOf(manifest));
    if (!isDigest(digest)) throw new Error(`not a digest: ${digest}`);
    base = { product, version: manifest.version, digest };
    source = opened;
  }
  for (const file of inventories) {
    const inventory = await readInventory(file);
    const products = [...new Set(inventory.releases.map((release) => release.product))];
    // A host with a kit has the programs for its first bundle of any product.
    if (!products.includes(product) && inventory.kit === undefined)
      throw otherProduct(file, product, products);
    checkPlatform(file, inventory.platform, platform);
    hosts.push(holdingsOfInventory(inventory));
    const { programs: carried, plugins } = inventory;
    if (carried !== undefined && plugins !== undefined)
      programs.push({ programs: carried, plugins });
    for (const { product: of, channel, sequence } of inventory.releases) {
      if (of === product && channel !== undefined && sequence !== undefined)
        orders.push({ channel, sequence });
    }
  }
  // Hosts of a base, and inventories of an older command, do not say which programs there are.
  const isKnown = since === undefined && programs.length === inventories.length;
  return { hosts, orders, ...defined({ base, source, programs: isKnown ? programs : undefined }) };
}

async function readInventory(file: string): Promise<Inventory> {
  let document: unknown;
  try {
    const { size } = await stat(file);
    if (size > limits.maxInventoryBytes) throw invalid(file, `${size} bytes`);
    document = parseJson(await readFile(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(file, reasonOf(error));
    throw ioError(error, 'reading the inventory', file, 'input-unreadable');
  }
  const parsed = parseBounded(inventorySchema, document);
  if (parsed.data !== undefined) return parsed.data;
  const issues = parsed.issues.map(
    (issue) => `${formatDocumentPath(issue.path)}: ${issue.message}`,
  );
  throw invalid(file, issues.slice(0, 3).join('; '));
}

function checkPlatform(subject: string, found: Platform, platform: Platform): void {
  if (runsOn(found, platform)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'comparing platforms with',
    subject,
    expected: formatPlatform(platform),
    found: formatPlatform(found),
    hint: 'Name the bundle or inventory of a host of this platform, or choose another --platform.',
  });
}

function otherProduct(subject: string, expected: string, found: readonly string[]): BundleError {
  return new BundleError('base-mismatch', {
    operation: 'reading',
    subject,
    expected: `${expected}, the product to export`,
    found: found.length === 0 ? 'no product' : found.join(', '),
    hint: 'If the application had another name then, keep that with --name. A host that has never had this product needs a whole bundle: leave --since and --for out, unless a kit is installed there (`bundle kit`).',
  });
}

function invalid(subject: string, found: string): BundleError {
  return new BundleError('inventory-invalid', {
    operation: 'reading the inventory',
    subject,
    expected: 'a file written by `bundle inventory`',
    found,
    hint: 'Write it again on the offline host, then copy it again.',
  });
}
