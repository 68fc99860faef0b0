import { once } from 'node:events';
import { readNamed } from '@bundle/files';
import { BundleError, blobPath } from '@bundle/format';
import { bundleContent, type Credentials, parseCredentials, startRegistry } from '@bundle/registry';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { errorText, toBundleError } from '../../shared/render/error.ts';
import { usageError } from '../../usage.ts';
import type { ServeChoice } from './definition.ts';
import { servedText, servingText } from './render.ts';

/** Runs `bundle serve` until it is stopped, which counts as success. */
export async function runServe(
  { signal, onProgress, endProgress, say, colours, stderrColours }: Context,
  given: readonly string[],
  options: ServeChoice,
): Promise<Outcome> {
  const started = performance.now();
  const { maxConnections, authFile, parts: folders = [] } = options;
  const { host, port } = addressOf(options);
  const tls = await readTls(options);
  const credentials = authFile === undefined ? undefined : await readCredentials(authFile);
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const bundles = await Promise.all(given.map(findBundle));
  const opened = await Promise.all(
    bundles.map((bundle) => openManifest(bundle, { folders, onProgress, signal })),
  );
  requireLayers(opened);
  const content = await bundleContent(...opened);
  const registry = await startRegistry({
    content,
    host,
    port,
    maxConnections,
    ...(tls === undefined ? {} : { tls }),
    ...(credentials === undefined ? {} : { credentials }),
    onFailure: (error) => say(errorText(toBundleError(error, false), stderrColours, false)),
  });
  const secured = { tls: tls !== undefined, authenticated: credentials !== undefined };
  const images = opened.flatMap(({ manifest }) => manifest.images);
  endProgress();
  say(servingText(registry, images, secured, stderrColours));
  if (!signal.aborted) await once(signal, 'abort');
  await registry.close();
  const { address } = registry;
  const seconds = (performance.now() - started) / 1000;
  const report = { bundles, address, ...secured, seconds, ...registry.stats() };
  return { json: report, text: servedText(report, colours) };
}

/** Checks that the layers left out by an incremental bundle are in another served bundle. */
function requireLayers(opened: readonly OpenedBundle[]): void {
  const listed = new Set(opened.flatMap(({ manifest }) => manifest.files.map(({ path }) => path)));
  for (const { source, manifest } of opened) {
    const made = manifest.deltas?.find(({ digest }) => !listed.has(blobPath(digest)));
    if (made !== undefined) throw deltaOnly(source.path, made.digest);
    const absent = manifest.omitted?.find(({ digest }) => !listed.has(blobPath(digest)));
    if (absent === undefined) continue;
    const { base } = manifest;
    throw new BundleError('base-missing', {
      operation: 'serving',
      subject: source.path,
      expected: 'all layers of its images',
      found: `an incremental bundle without ${absent.digest}`,
      hint: `Name the bundle that it builds on${base ? ` (${base.product} ${base.version})` : ''} as well, or use a complete bundle.`,
    });
  }
}

function deltaOnly(subject: string, digest: string): BundleError {
  return new BundleError('base-missing', {
    operation: 'serving',
    subject,
    expected: 'all layers of its images',
    found: `a bundle with a delta in place of ${digest}`,
    hint: 'Only an import makes layers from deltas. Serve a complete bundle, or export this one with --no-delta.',
  });
}

/** Returns the port, which is given in --listen or --port but not differently in both. */
function addressOf({ listen, port }: ServeChoice): { host: string; port: number } {
  if (listen.port !== undefined && port !== undefined && listen.port !== port) {
    const both = `--listen with port ${listen.port} and --port ${port}`;
    throw usageError('the command line of serve', 'one port', both);
  }
  return { host: listen.host, port: listen.port ?? port ?? 5000 };
}

async function readTls({
  tlsCert,
  tlsKey,
}: ServeChoice): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const given = tlsCert === undefined ? '--tls-key' : '--tls-cert';
    throw usageError('the command line of serve', '--tls-cert and --tls-key', `${given} alone`);
  }
  return { cert: await readText(tlsCert), key: await readText(tlsKey) };
}

async function readCredentials(file: string): Promise<Credentials> {
  const credentials = parseCredentials(await readText(file));
  if (credentials !== undefined) return credentials;
  throw usageError(file, 'lines NAME:PASSWORD', 'an empty file, or a line in another form');
}

async function readText(file: string): Promise<string> {
  return (await readNamed(file, 'reading')).toString('utf8');
}
