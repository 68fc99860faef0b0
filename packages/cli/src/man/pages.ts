import { errorMeanings, exitCodes } from '@bundle/format';
import type { Argument, Command, Option } from 'commander';
import { allCodes, textsOf } from '../command.ts';
import { environmentVariables, files } from '../environment.ts';
import { createProgram } from '../program.ts';
import { version } from '../version.ts';
import { bold, escaped, italic, paragraphs, section, terms } from './roff.ts';

/**
 * Makes the pages of the manual from the definitions of the commands: text by name, such as `bundle-import.1`. `date`:
 * in the foot of each page, `2026-01-31`.
 */
export async function manPages(date: string): Promise<ReadonlyMap<string, string>> {
  const silent = { out: () => undefined, err: () => undefined };
  const program = await createProgram(() => undefined, silent);
  const pages = program.commands.map(
    (command) => [`bundle-${command.name()}.1`, commandPage(command, date)] as const,
  );
  return new Map([['bundle.1', mainPage(program, date)], ...pages]);
}

function mainPage(program: Command, date: string): string {
  const commands = program.commands.map(
    (one) => [bold(`bundle-${one.name()}(1)`), one.summary()] as const,
  );
  return page('bundle', date, 'pack and run Docker Compose applications without a network', [
    section('SYNOPSIS', `${bold('bundle')} ${italic('COMMAND')} [${italic('ARGUMENT')}...]`),
    section('DESCRIPTION', paragraphs(program.description())),
    section('COMMANDS', terms(commands)),
    section('OPTIONS', terms(program.options.map(optionTerm))),
    section(
      'ENVIRONMENT',
      terms(environmentVariables.map(([name, text]) => [bold(name), text] as const)),
    ),
    section('FILES', terms(files.map(([name, text]) => [italic(name), text] as const))),
    section(
      'EXIT STATUS',
      paragraphs('Each way to fail has its own number: `bundle explain` lists them.'),
    ),
    section('SEE ALSO', `${bold('docker')}(1), ${bold('docker-compose')}(1)`),
  ]);
}

function commandPage(command: Command, date: string): string {
  const { examples, exitCodes: codes } = textsOf(command);
  const lines = examples.map(
    ([line, what]) => `${escaped(what)}:\n.PP\n.RS 4\n.EX\n${escaped(line)}\n.EE\n.RE`,
  );
  const exits = allCodes({ exitCodes: codes }).map(
    (code) => [bold(String(exitCodes[code])), errorMeanings[code]] as const,
  );
  const name = command.name();
  return page(`bundle-${name}`, date, command.summary(), [
    section('SYNOPSIS', `${bold(`bundle ${name}`)} ${escaped(command.usage())}`),
    section('DESCRIPTION', paragraphs(command.description())),
    section('ARGUMENTS', terms(command.registeredArguments.map(argumentTerm))),
    section('OPTIONS', terms(command.options.filter(({ hidden }) => !hidden).map(optionTerm))),
    section('EXAMPLES', lines.join('\n.PP\n')),
    section('EXIT STATUS', terms([[bold('0'), 'Done.'], ...exits])),
    section('SEE ALSO', `${bold('bundle')}(1)`),
  ]);
}

function page(name: string, date: string, summary: string, sections: readonly string[]): string {
  const head = `.TH "${escaped(name.toUpperCase())}" "1" "${date}" "bundle ${version}" "User Commands"`;
  const title = section('NAME', `${escaped(name)} \\- ${escaped(summary)}`);
  return [head, '.nh', title.trimEnd(), ...sections.map((one) => one.trimEnd()), ''].join('\n');
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

function withChoices(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text} (one of ${choices.join(', ')})`;
}
