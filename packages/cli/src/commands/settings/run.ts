import { resolve } from 'node:path';
import { ioError, isThere, readNamed, replaceFile } from '@bundle/files';
import { BundleError, type BundleManifest, shellWord } from '@bundle/format';
import { bundledRelease, instanceOf } from '@bundle/host';
import { answerBeforehand, type SealedFor, sealSettings } from '@bundle/operate';
import { openManifest } from '@bundle/verify';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { newPassphrase } from '../../shared/passphrase.ts';
import { count } from '../../shared/render/words.ts';
import { askingSettings, fileSettings } from '../../shared/settings.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import type { SettingsChoice } from './definition.ts';

/** `bundle settings`: collects the settings of a bundle and writes them encrypted. */
export async function runSettings(
  context: Context,
  given: string,
  options: SettingsChoice,
): Promise<Outcome> {
  const { colours, cwd, onProgress } = context;
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const bundle = await findBundle(given);
  const opened = await openManifest(bundle, { ...findPartsWith(options, context), headOnly: true });
  const { product, version } = opened.manifest;
  const output = outputFor(opened.manifest, options, cwd);
  await checkOutput(output, options.force);
  const atHand = { files: await fileSettings(context, options), set: options.set };
  const release = bundledRelease(opened, instanceOf(cwd, product));
  const settings = await answerBeforehand(release, atHand, askingSettings(context).askSetting);
  const readable = await readers(context, options);
  // A passphrase is stretched, which takes its time on a slow processor.
  onProgress({ phase: 'encrypting the settings', doneBytes: 0 });
  const text = await sealSettings({ product, version, settings }, readable);
  await write(output, text);
  const names = Object.keys(settings);
  const lines = [
    `${colours.green(t`Wrote`)} ${visible(output)}: ${count(names.length, 'setting')} of ${product} ${version}, encrypted`,
    ...(names.length === 0 ? [] : [`  ${visible(names.join(', '))}`]),
    t`${colours.bold(t`Next`)}\n  bundle import ${visible(shellWord(bundle))} --up --settings ${visible(shellWord(output))}      on the offline host`,
  ];
  return { json: { output, product, version, settings: names }, text: lines.join('\n\n') };
}

function outputFor(
  { product, version }: BundleManifest,
  { output }: SettingsChoice,
  cwd: string,
): string {
  return resolve(cwd, output ?? `${product}-${version}.settings.age`);
}

/** Before anybody types for minutes. */
async function checkOutput(output: string, force: boolean): Promise<void> {
  if (force || !(await isThere(output))) return;
  throw new BundleError('output-exists', {
    operation: 'writing the settings to',
    subject: output,
    expected: 'a path that is free',
    found: 'a file',
    hint: 'Choose another path with -o, or replace the file with --force.',
  });
}

async function readers(context: Context, options: SettingsChoice): Promise<SealedFor> {
  if (options.recipient.length > 0) {
    const recipients: string[] = [];
    for (const one of options.recipient) recipients.push(...(await recipientsIn(one, context.cwd)));
    return { recipients };
  }
  return { passphrase: await newPassphrase(context, options) };
}

/** Returns a public key as it is, or those in a file, one a line. */
async function recipientsIn(given: string, cwd: string): Promise<string[]> {
  if (/^(?:age1|ssh-|ecdsa-|sk-)/.test(given)) return [given];
  const bytes = await readNamed(resolve(cwd, given), 'reading the public key in');
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

async function write(output: string, text: string): Promise<void> {
  try {
    await replaceFile(output, text, 0o600);
  } catch (error) {
    throw ioError(error, 'writing the settings to', output, 'output-unwritable');
  }
}
