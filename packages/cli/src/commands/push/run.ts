import { basename, resolve } from 'node:path';
import { readRegistrySettings } from '@bundle/distribution';
import { digestOf, hexOf, limits, paths } from '@bundle/format';
import { composeOverride, parseTarget, pushBundle } from '@bundle/push';
import { digestMismatch, readExtent, requireEntry } from '@bundle/store';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import type { PushChoice } from './definition.ts';
import { pushedText } from './render.ts';

/** Runs `bundle push`: pushes the images, then writes the override. */
export async function runPush(
  context: Context,
  given: string,
  registry: string,
  options: PushChoice,
): Promise<Outcome> {
  const { env, cwd, colours, onProgress, signal } = context;
  const { dryRun } = options;
  const target = parseTarget(registry);
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const bundle = await openManifest(await findBundle(given), findPartsWith(options, context));
  const settings = await readRegistrySettings(env, options.plainHttp);
  const report = await pushBundle(bundle, { target, settings, dryRun, onProgress, signal });
  const output = options.output === undefined ? undefined : resolve(cwd, options.output);
  if (output !== undefined && !dryRun) {
    const offline = await readOffline(bundle);
    const text = composeOverride(offline, report.images, basename(output));
    await writeWhole('the Compose override', output, text);
  }
  const written = output === undefined || dryRun ? {} : { output };
  const json = { bundle: bundle.source.path, ...target, dryRun, ...written, ...report };
  return { json, text: pushedText(report, { dryRun, ...written }, colours) };
}

async function readOffline({ source, manifest }: OpenedBundle): Promise<string> {
  const path = paths.composeOffline;
  const bytes = await readExtent(requireEntry(source, path), limits.maxTextFileBytes, path);
  const listed = manifest.files.find((file) => file.path === path)?.sha256 ?? '';
  const found = hexOf(digestOf(bytes));
  if (found !== listed) throw digestMismatch(path, listed, found);
  return bytes.toString('utf8');
}
