import { rm } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type ChosenSpec, readOutline, specText } from '@bundle/export';
import { ioError, isThere, writeNew } from '@bundle/files';
import { BundleError, defined, shellWord, systemErrorCode } from '@bundle/format';
import { validateSpecText } from '@bundle/verify/validate';
import type { Context, Outcome } from '../../outcome.ts';
import { isSpecFile } from '../../shared/find-bundle.ts';
import { nextText } from '../../shared/render/next.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import { usageError } from '../../usage.ts';
import type { InitChoice } from './definition.ts';
import { askSpec } from './questions.ts';

/** Runs `bundle init`: writes a bundle spec for a Compose application. */
export async function runInit(
  context: Context,
  target: string | undefined,
  options: InitChoice,
): Promise<Outcome> {
  const { cwd, env, colours, onProgress } = context;
  if (target !== undefined && options.file.length > 0) {
    const both = `${target} and --file`;
    throw usageError('the command line of init', 'one place that names Compose files', both);
  }
  const named = [...(target === undefined ? [] : [target]), ...options.file];
  onProgress({ phase: 'reading the application', doneBytes: 0 });
  const outline = await readOutline(
    named.map((file) => resolve(cwd, file)),
    cwd,
    env,
  );
  const given = { product: options.name, version: options.releaseVersion };
  if (options.output !== undefined) {
    await checkOutput(resolve(cwd, options.output), options.force);
  }
  const chosen = await askSpec(context, outline, given);
  if (chosen.product === undefined) {
    const hint =
      'Neither the Compose file nor its folder has a name that fits. Give one: --name NAME';
    throw usageError('the name of the application', 'a-z, 0-9, _ and -', 'none', hint);
  }
  const output = resolve(cwd, options.output ?? `${chosen.product}.bundle.yaml`);
  const inSpec = outline.composeFiles.map((file) => relative(dirname(output), file));
  const [first = '', ...others] = inSpec;
  const compose = others.length === 0 ? first : inSpec;
  const text = validText({ ...chosen, compose }, output);
  const json = { ...defined(chosen), compose, output, text };
  if (options.dryRun) return { json: { outcome: 'previewed', ...json }, text: text.trimEnd() };
  const isTaken = await checkOutput(output, options.force);
  if (isTaken) await writeWhole('the bundle spec', output, text);
  else await writeSpec(output, text);
  const shown = shellWord(relative(cwd, output));
  const next = nextText(
    [
      [t`see what would be packed`, `bundle export ${shown} --dry-run`],
      [t`pack it`, `bundle export ${shown} -o ${chosen.product}.tar`],
    ],
    colours,
  );
  const words = t`${colours.green(t`Wrote`)} ${visible(shown)}, for ${visible(outline.services.join(', '))}`;
  return { json: { outcome: 'written', ...json }, text: `${words}\n\n${next}` };
}

/** Returns the text of a spec, which has to be valid. */
function validText(spec: ChosenSpec, output: string): string {
  const text = specText(spec);
  const [finding] = validateSpecText(text, output).findings;
  if (finding === undefined) return text;
  throw new BundleError('spec-invalid', {
    operation: 'writing the bundle spec',
    subject: output,
    expected: 'a valid spec',
    found: `${finding.path}: ${finding.message}`,
    hint: 'Choose another value.',
  });
}

/** Tells whether a spec is replaced. Fails with `output-exists`; with `force` only if something else is there. */
async function checkOutput(output: string, force: boolean): Promise<boolean> {
  if (!(await isThere(output))) return false;
  const isSpec = await isSpecFile(output);
  if (force && isSpec) return true;
  throw exists(output, isSpec);
}

async function writeSpec(output: string, text: string): Promise<void> {
  try {
    await writeNew(output, [Buffer.from(text)], 0o644);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') throw exists(output, false);
    await rm(output, { force: true });
    throw ioError(error, 'writing the bundle spec to', output, 'output-unwritable');
  }
}

function exists(output: string, isSpec: boolean): BundleError {
  return new BundleError('output-exists', {
    operation: 'writing the bundle spec to',
    subject: output,
    expected: 'no such file',
    found: isSpec ? 'a bundle spec' : 'something that is not a bundle spec',
    hint: isSpec
      ? 'Edit it, name another file with -o, or replace it with --force. `bundle init --dry-run` prints the spec.'
      : 'Name another file with -o; --force replaces only bundle specs.',
  });
}
