import { listedText } from '../../shared/render/paragraphs.ts';
import { tableText } from '../../shared/render/table.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { t, translated } from '../../shared/text/text.ts';

/** A code, or a preflight check, which has no exit code of its own. */
export interface Explained {
  readonly name: string;
  readonly exitCode?: number;
  readonly meaning: string;
  readonly causes: readonly string[];
  readonly steps: readonly string[];
}

export function explainedText(
  { name, exitCode, meaning, causes, steps }: Explained,
  colours: Colours,
): string {
  const number = exitCode === undefined ? t`preflight check` : t`exit code ${exitCode}`;
  return [
    `${colours.bold(name)} (${number})\n${listedText([translated(meaning)], '', colours)}`,
    ...section(t`Usual causes`, causes.map(translated), colours),
    ...section(t`What to do`, steps.map(translated), colours),
  ].join('\n\n');
}

function section(title: string, items: readonly string[], colours: Colours): string[] {
  return items.length === 0 ? [] : [`${colours.bold(title)}\n${listedText(items, '- ', colours)}`];
}

export function listText(all: readonly Explained[], colours: Colours): string {
  const codes = all.filter(({ exitCode }) => exitCode !== undefined);
  const checks = all.filter(({ exitCode }) => exitCode === undefined);
  const rows = codes.map(({ exitCode, name, meaning }) => [
    String(exitCode),
    name,
    translated(meaning),
  ]);
  return [
    tableText(['EXIT', 'CODE', 'MEANING'], rows, colours, [0]),
    tableText(
      ['CHECK', 'MEANING'],
      checks.map(({ name, meaning }) => [name, translated(meaning)]),
      colours,
    ),
    t`More about one: bundle explain CODE`,
  ].join('\n\n');
}
