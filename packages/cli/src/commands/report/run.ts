import { resolve } from 'node:path';
import { isThere } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { reportFacts, reportPage } from '@bundle/report';
import type { Context, Outcome } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { chineseTranslator, isChinese, t } from '../../shared/text/text.ts';
import { writeWhole } from '../../shared/write-whole.ts';
import type { ReportChoice } from './definition.ts';

/** Runs `bundle report`: writes a page about a bundle. */
export async function runReport(
  context: Context,
  given: string,
  options: ReportChoice,
): Promise<Outcome> {
  const { cwd, colours } = context;
  const bundle = await findBundle(given);
  const facts = await reportFacts(bundle, {
    find: findPartsWith(options, context),
    ...(options.against === undefined ? {} : { against: await findBundle(options.against) }),
    now: new Date(),
  });
  const { product, version } = facts.manifest;
  const output = resolve(cwd, options.output ?? `${product}-${version}.html`);
  if (!options.force && (await isThere(output))) {
    throw new BundleError('output-exists', {
      operation: 'writing the page to',
      subject: output,
      expected: 'nothing there',
      found: 'a file or folder',
      hint: 'Choose another path with -o, or replace it with --force.',
    });
  }
  const translator = await chineseTranslator();
  const page = reportPage(facts, {
    ofTemplate: (english) => translator.ofTemplate(english),
    ofText: (english) => translator.translate(english),
    isFirst: isChinese(),
  });
  await writeWhole('the page', output, page);
  return {
    json: { output, bundle, bytes: Buffer.byteLength(page) },
    text: `${colours.green(t`Wrote`)} ${visible(output)}`,
  };
}
