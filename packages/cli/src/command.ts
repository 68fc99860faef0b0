import { type ErrorCode, errorMeanings, exitCodes } from '@bundle/format';
import { Command, Option } from 'commander';
import { z } from 'zod';
import type { Context, Outcome } from './outcome.ts';
import { t, translated } from './shared/text/text.ts';
import { usageError } from './usage.ts';

/** The work requested by a command line. */
export interface Task {
  readonly json: boolean;
  readonly progress: boolean;
  readonly color: boolean;
  /** Shows neither progress nor notes. */
  readonly quiet: boolean;
  /** Shows every step with its time. */
  readonly verbose: boolean;
  /** Asks no questions. */
  readonly yes: boolean;
  /** What progress says until the work says more. */
  readonly phase: string | undefined;
  readonly run: (context: Context) => Promise<Outcome>;
}

/** A subcommand: its name, its options, and its work once they are parsed. */
export interface CommandDefinition<Options extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Adds arguments and options. */
  readonly setUp: (command: Command) => Command;
  /** Schema of the options under the names that commander gives them; the `common` ones are added. */
  readonly options: Options;
  /** Command lines, each with its purpose. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly exitCodes: readonly ErrorCode[];
  /** For work that may take seconds and reports nothing itself: what progress says meanwhile. */
  readonly phase?: string;
  /** `configured`: names of the options whose values come from a configuration file. */
  readonly run: (
    context: Context,
    args: readonly string[],
    options: z.output<Options>,
    configured: ReadonlySet<string>,
  ) => Promise<Outcome>;
}

/** What the pages of the manual say about a command, besides its arguments and options. */
export type CommandTexts = Pick<CommandDefinition<z.ZodType>, 'examples' | 'exitCodes'>;

const texts = new WeakMap<Command, CommandTexts>();

/** Returns the examples and exit codes of a command that `defineCommand` made; none for another. */
export function textsOf(command: Command): CommandTexts {
  return texts.get(command) ?? { examples: [], exitCodes: [] };
}

/** Taken out of the command line before it is parsed, so no schema has it. */
export const languageWords =
  'language of all texts: en or zh (also: BUNDLE_LANG; default: by LC_ALL, LC_MESSAGES, LANG)';

export type MakeCommand = (deliver: (task: Task) => void) => Command;

const common = z.object({
  json: z.boolean().default(false),
  progress: z.boolean(),
  color: z.boolean(),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  yes: z.boolean().default(false),
});

export function defineCommand<Options extends z.ZodType>(
  definition: CommandDefinition<Options>,
): MakeCommand {
  return (deliver) => {
    const command = definition.setUp(
      new Command(definition.name)
        .summary(definition.summary)
        .description(definition.description)
        .allowExcessArguments(false),
    );
    texts.set(command, definition);
    return command
      .option('--json', 'print one JSON document on stdout, also for errors')
      .addOption(
        new Option('-q, --quiet', 'only the result and errors, no progress and no notes').conflicts(
          'verbose',
        ),
      )
      .option('-v, --verbose', 'show every step with its time, and details of errors')
      .option('--no-progress', 'no progress on stderr')
      .option('--no-color', 'no colours (also: NO_COLOR)')
      .option('--lang <language>', languageWords)
      .addHelpText('after', () => helpEnd(definition))
      .action(() => {
        const options = parseOptions(definition.options, command);
        const configured = configuredOptions(command);
        const run = (context: Context) =>
          definition.run(context, command.args, options, configured);
        deliver({ ...parseOptions(common, command), phase: definition.phase, run });
      });
  };
}

function configuredOptions(command: Command): ReadonlySet<string> {
  const names = command.options.map((option) => option.attributeName());
  return new Set(names.filter((name) => command.getOptionValueSource(name) === 'config'));
}

function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  command: Command,
): z.output<Schema> {
  const values: unknown = command.opts();
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const option = command.options.find((candidate) => candidate.attributeName() === name);
  const value: unknown = command.getOptionValue(name);
  const isConfigured = command.getOptionValueSource(name) === 'config';
  throw usageError(
    `${option?.long ?? name}${isConfigured ? ', as the configuration file has it' : ''}`,
    (issue?.message ?? 'another value').replace(/^expected /, ''),
    JSON.stringify(value),
    `See \`bundle ${command.name()} --help\`.`,
  );
}

/** Returns the error codes of a command in the order of their numbers, with those that all commands have. */
export function allCodes({ exitCodes: codes }: Pick<CommandTexts, 'exitCodes'>): ErrorCode[] {
  const always: readonly ErrorCode[] = ['usage', ...codes, 'interrupted'];
  return always.toSorted((a, b) => exitCodes[a] - exitCodes[b]);
}

function helpEnd(command: CommandTexts): string {
  const lines = command.examples.flatMap(([line, what]) => [
    `  ${line}`,
    `      ${translated(what)}`,
  ]);
  const exits = allCodes(command).map(
    (code) => `  ${String(exitCodes[code]).padStart(3)}  ${translated(errorMeanings[code])}`,
  );
  return `
${t`Examples:`}
${lines.join('\n')}

${t`Exit codes (more about one: bundle explain CODE):`}
    0  ${t`Done.`}
${exits.join('\n')}`;
}

/** Collects the values of a repeatable option. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Collects the values of a repeatable option that also takes several at once, separated by commas. */
export function collectList(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',').filter((one) => one !== '')];
}
