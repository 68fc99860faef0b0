import { errorMeanings, exitCodes } from '@bundle/format';
import type { Argument, Command, Option } from 'commander';
import { allCodes, textsOf } from '../command.ts';
import { environmentVariables, files } from '../environment.ts';
import { createProgram } from '../program.ts';
import type { Language } from '../shared/text/language.ts';
import { isChinese, speak, t, translated } from '../shared/text/text.ts';
import { version } from '../version.ts';
import { bold, escaped, italic, paragraphs, section, terms, unbroken } from './roff.ts';

/**
 * Makes the pages of the manual from the definitions of the commands: text by name, such as `bundle-import.1`. `date`:
 * in the foot of each page, `2026-01-31`.
 */
export async function manPages(
  date: string,
  language: Language = 'en',
): Promise<ReadonlyMap<string, string>> {
  await speak(language);
  try {
    const silent = { out: () => undefined, err: () => undefined };
    const program = await createProgram(() => undefined, silent);
    const pages = program.commands.map(
      (command) => [`bundle-${command.name()}.1`, commandPage(command, date)] as const,
    );
    return new Map([['bundle.1', mainPage(program, date)], ...pages]);
  } finally {
    await speak('en');
  }
}

function mainPage(program: Command, date: string): string {
  const commands = program.commands.map(
    (one) => [bold(`bundle-${one.name()}(1)`), translated(one.summary())] as const,
  );
  return page('bundle', date, t`pack and run Docker Compose applications without a network`, [
    section(t`SYNOPSIS`, `${bold('bundle')} ${italic(t`COMMAND`)} [${italic(t`ARGUMENT`)}...]`),
    section(t`DESCRIPTION`, paragraphs(translated(program.description()))),
    section(t`COMMANDS`, terms(commands)),
    section(t`OPTIONS`, terms(program.options.map(optionTerm))),
    section(
      t`ENVIRONMENT`,
      terms(environmentVariables.map(([name, text]) => [bold(name), translated(text)] as const)),
    ),
    section(
      t`FILES`,
      terms(files.map(([name, text]) => [italic(name), translated(text)] as const)),
    ),
    section(
      t`EXIT STATUS`,
      paragraphs(t`Each way to fail has its own number: \`bundle explain\` lists them.`),
    ),
    section(t`SEE ALSO`, `${bold('docker')}(1), ${bold('docker-compose')}(1)`),
  ]);
}

function commandPage(command: Command, date: string): string {
  const { examples, exitCodes: codes } = textsOf(command);
  const lines = examples.map(([line, what]) => {
    const purpose = escaped(t`${translated(what)}:`);
    return `${purpose}\n.PP\n.RS 4\n.EX\n${escaped(line)}\n.EE\n.RE`;
  });
  const exits = allCodes({ exitCodes: codes }).map(
    (code) => [bold(String(exitCodes[code])), translated(errorMeanings[code])] as const,
  );
  const name = command.name();
  return page(`bundle-${name}`, date, translated(command.summary()), [
    section(t`SYNOPSIS`, `${bold(`bundle ${name}`)} ${escaped(command.usage())}`),
    section(t`DESCRIPTION`, paragraphs(translated(command.description()))),
    section(t`ARGUMENTS`, terms(command.registeredArguments.map(argumentTerm))),
    section(t`OPTIONS`, terms(command.options.filter(({ hidden }) => !hidden).map(optionTerm))),
    section(t`EXAMPLES`, lines.join('\n.PP\n')),
    section(t`EXIT STATUS`, terms([[bold('0'), t`Done.`], ...exits])),
    section(t`SEE ALSO`, `${bold('bundle')}(1)`),
  ]);
}

function page(name: string, date: string, summary: string, sections: readonly string[]): string {
  const head = `.TH "${escaped(name.toUpperCase())}" "1" "${date}" "bundle ${version}" "${unbroken(t`User Commands`)}"`;
  // mandb(8) reads this line as it is.
  const title = section(t`NAME`, `${escaped(name)} \\- ${unbroken(summary)}`);
  // Chinese has hardly any spaces that could be made wider.
  const layout = isChinese() ? ['.nh', '.ad l'] : ['.nh'];
  const parts = [title, ...sections].map((one) => one.trimEnd());
  return [head, ...layout, ...parts, ''].join('\n');
}

function optionTerm({ flags, description, argChoices }: Option): readonly [string, string] {
  const [names = '', ...value] = flags.split(/ (?=[<[])/);
  const shown = names
    .split(', ')
    .map((one) => bold(one))
    .join(', ');
  const term = [shown, ...value.map((one) => italic(one))].join(' ');
  return [term, withChoices(description, argChoices)];
}

function argumentTerm(argument: Argument): readonly [string, string] {
  return [italic(argument.name()), withChoices(argument.description, argument.argChoices)];
}

function withChoices(description: string, choices: readonly string[] | undefined): string {
  const text = translated(description);
  return choices === undefined ? text : t`${text} (one of ${choices.join(', ')})`;
}
