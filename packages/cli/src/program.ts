import { type BundleError, nearest } from '@bundle/format';
import { Command, CommanderError, type HelpConfiguration } from 'commander';
import { languageWords, type MakeCommand, type Task } from './command.ts';
import { applyConfig } from './config/apply.ts';
import { type ConfigFile, readConfig } from './config/read.ts';
import { isChinese, t, translated } from './shared/text/text.ts';
import { usageError } from './usage.ts';
import { version } from './version.ts';

/** Where the help is written: to `out` when requested, to `err` when a command line is incomplete. */
export interface HelpOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns; the width of the terminal when absent. */
  readonly width?: number;
}

/**
 * The subcommands in the order of the help. Each is loaded on demand: a short command spends most of its time
 * starting.
 */
const loaders: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['export', async () => (await import('./commands/export/definition.ts')).exportCommand],
  ['init', async () => (await import('./commands/init/definition.ts')).initCommand],
  ['adopt', async () => (await import('./commands/adopt/definition.ts')).adoptCommand],
  ['validate', async () => (await import('./commands/validate/definition.ts')).validateCommand],
  ['verify', async () => (await import('./commands/verify/definition.ts')).verifyCommand],
  ['inspect', async () => (await import('./commands/inspect/definition.ts')).inspectCommand],
  ['diff', async () => (await import('./commands/diff/definition.ts')).diffCommand],
  ['sbom', async () => (await import('./commands/sbom/definition.ts')).sbomCommand],
  ['report', async () => (await import('./commands/report/definition.ts')).reportCommand],
  ['settings', async () => (await import('./commands/settings/definition.ts')).settingsCommand],
  ['preflight', async () => (await import('./commands/preflight/definition.ts')).preflightCommand],
  ['import', async () => (await import('./commands/import/definition.ts')).importCommand],
  ['up', async () => (await import('./commands/up/definition.ts')).upCommand],
  ['deploy', async () => (await import('./commands/deploy/definition.ts')).deployCommand],
  ['rollback', async () => (await import('./commands/rollback/definition.ts')).rollbackCommand],
  ['status', async () => (await import('./commands/status/definition.ts')).statusCommand],
  ['releases', async () => (await import('./commands/releases/definition.ts')).releasesCommand],
  ['history', async () => (await import('./commands/history/definition.ts')).historyCommand],
  ['logs', async () => (await import('./commands/logs/definition.ts')).logsCommand],
  ['prune', async () => (await import('./commands/prune/definition.ts')).pruneCommand],
  ['uninstall', async () => (await import('./commands/uninstall/definition.ts')).uninstallCommand],
  ['service', async () => (await import('./commands/service/definition.ts')).serviceCommand],
  ['kit', async () => (await import('./commands/kit/definition.ts')).kitCommand],
  ['inventory', async () => (await import('./commands/inventory/definition.ts')).inventoryCommand],
  ['receipt', async () => (await import('./commands/receipt/definition.ts')).receiptCommand],
  ['receipts', async () => (await import('./commands/receipts/definition.ts')).receiptsCommand],
  ['rebuild', async () => (await import('./commands/rebuild/definition.ts')).rebuildCommand],
  ['source', async () => (await import('./commands/source/definition.ts')).sourceCommand],
  ['keygen', async () => (await import('./commands/keygen/definition.ts')).keygenCommand],
  ['sign', async () => (await import('./commands/sign/definition.ts')).signCommand],
  ['trust', async () => (await import('./commands/trust/definition.ts')).trustCommand],
  ['repair', async () => (await import('./commands/repair/definition.ts')).repairCommand],
  ['serve', async () => (await import('./commands/serve/definition.ts')).serveCommand],
  ['images', async () => (await import('./commands/images/definition.ts')).imagesCommand],
  ['push', async () => (await import('./commands/push/definition.ts')).pushCommand],
  ['convert', async () => (await import('./commands/convert/definition.ts')).convertCommand],
  ['cache', async () => (await import('./commands/cache/definition.ts')).cacheCommand],
  ['doctor', async () => (await import('./commands/doctor/definition.ts')).doctorCommand],
  ['config', async () => (await import('./commands/config/definition.ts')).configCommand],
  ['explain', async () => (await import('./commands/explain/definition.ts')).explainCommand],
  [
    'completion',
    async () => (await import('./commands/completion/definition.ts')).completionCommand,
  ],
]);

/**
 * Builds the command with the subcommand `only`, or with all of them when no subcommand has that name. Each
 * subcommand delivers its work instead of doing it.
 */
export async function createProgram(
  deliver: (task: Task) => void,
  output: HelpOutput,
  only?: string,
): Promise<Command> {
  const program = new Command('bundle')
    .description(
      'Packs a Docker Compose application into a verified bundle and loads it on a host without a network.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
${t`Examples:`}
  bundle export -o shop.tar        ${t`pack the application of this folder`}
  bundle import shop.tar --up      ${t`start it on the host without a network`}
  bundle rebuild backend --up      ${t`build it again there, from changed source`}

${t`Each command has its own help: bundle help export, or bundle export --help`}
${t`The engine is chosen by --docker-host, DOCKER_HOST, DOCKER_CONTEXT or the current docker context.`}`,
    )
    .option('--lang <language>', languageWords);
  const help = await translatedHelp();
  const one = loaders.get(only ?? '');
  for (const load of one === undefined ? loaders.values() : [one]) {
    const make = await load();
    program.addCommand(make(deliver));
  }
  for (const command of [program, ...program.commands]) {
    command
      .configureHelp(help)
      .exitOverride()
      .configureOutput({
        writeOut: output.out,
        writeErr: output.err,
        // Usage errors are thrown and shown like all others.
        outputError: () => undefined,
        ...(output.width === undefined ? {} : { getOutHelpWidth: () => output.width ?? 80 }),
      });
  }
  return program;
}

/** Names of all commands in the order of the help, and further words that stand for one. */
export const commandNames: readonly string[] = [...loaders.keys(), 'help', 'version', 'ls'];
/** Returns how the help is written in the language of this run; commander wraps no text without spaces. */
async function translatedHelp(): Promise<HelpConfiguration> {
  if (!isChinese()) return {};
  const [{ default: stringWidth }, { wrapAnsi }] = await Promise.all([
    import('fast-string-width'),
    import('fast-wrap-ansi'),
  ]);
  return {
    styleTitle: translated,
    commandDescription: (command) => translated(command.description()),
    subcommandDescription: (command) => translated(command.summary() || command.description()),
    optionDescription: ({ description }) => translated(description),
    argumentDescription: ({ description }) => translated(description),
    displayWidth: (text) => stringWidth(text),
    boxWrap: (text, width) => wrapAnsi(text, width, { hard: true }),
  };
}

/** Translates habitual command lines, such as `help` and `version`, into those of this command. */
function inOwnWords(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'help') return helpOf(rest.find((word) => !word.startsWith('-')));
  if (first === 'version') return ['--version', ...rest];
  if (first === 'ls') return ['status', ...rest];
  return argv;
}

function helpOf(name: string | undefined): readonly string[] {
  const [own = '--help'] = name === undefined ? [] : inOwnWords([name]);
  if (loaders.has(own)) return [own, '--help'];
  // An unknown command is an error here as well.
  return own.startsWith('-') ? ['--help'] : [own];
}

/** Reads a command line; returns its task, or undefined when it only asked for help or the version. */
export async function parseArguments(
  typed: readonly string[],
  output: HelpOutput,
): Promise<{ task: Task; ignored: readonly string[] } | { done: true } | { incomplete: true }> {
  const argv = inOwnWords(typed);
  let task: Task | undefined;
  const deliver = (delivered: Task): void => {
    task = delivered;
  };
  const program = await createProgram(deliver, output, argv[0]);
  let files: readonly ConfigFile[] = [];
  // Only before a command runs: the help needs no configuration, and must not depend on it.
  program.hook('preAction', async (_, command) => {
    files = await readConfig(process.env, commandNames);
    // This command shows what is wrong.
    if (command.name() !== 'config') applyConfig(command, files, process.env);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { done: true };
    if (error.code === 'commander.help') return { incomplete: true };
    throw fromCommander(error, argv[0] ?? '');
  }
  if (task === undefined) throw new Error('no command ran');
  const ignored = files.flatMap(({ path, ignored: why }) => (why ? [`${path}: ${why}`] : []));
  return { task, ignored };
}

/**
 * Makes a usage error from text such as `error: unknown option '--fooo'\n(Did you mean --foo?)`. Arguments may
 * contain secrets, so they are not repeated.
 */
function fromCommander(error: CommanderError, first: string): BundleError {
  const name = loaders.has(first) ? first : undefined;
  const [message = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const meant = name === undefined ? commandFor(first) : actionFor(message);
  const suggestion = meant === undefined ? hint.replace(/^\(|\)$/g, '') : `Did you mean ${meant}?`;
  const help = `See \`bundle ${name === undefined ? '' : `${name} `}--help\`.`;
  return usageError(
    name === undefined ? 'the command line' : `the command line of ${name}`,
    'arguments and options as in the help',
    message,
    [suggestion, help].filter(Boolean).join(' '),
  );
}

/** Returns the command that an unknown one means: the equivalent of another tool's, or the most similar name. */
function commandFor(word: string): string | undefined {
  const near = nearest(word, [...commandNames, ...meanings.keys()]);
  return near === undefined ? undefined : (meanings.get(near) ?? near);
}

/** The same for an action, such as `enable` of `bundle service`, in a message that lists the choices. */
function actionFor(message: string): string | undefined {
  const match = /value '([^']*)' is invalid .* Allowed choices are ([^.]*)\./.exec(message);
  if (match === null) return undefined;
  const [, word = '', choices = ''] = match;
  const allowed = choices.split(', ');
  const equivalent = actions.get(word)?.find((one) => allowed.includes(one));
  return equivalent ?? nearest(word, allowed);
}

/** Actions of other tools and their equivalents here. */
const actions: ReadonlyMap<string, readonly string[]> = new Map([
  ['enable', ['install']],
  ['start', ['install']],
  ['disable', ['uninstall']],
  ['stop', ['uninstall']],
  ['delete', ['remove', 'prune', 'uninstall']],
  ['rm', ['remove', 'prune', 'uninstall']],
  ['clean', ['prune']],
  ['clear', ['prune']],
  ['show', ['status', 'list', 'ls']],
  ['list', ['ls', 'status']],
]);

/**
 * Commands of other tools and their equivalents. Spelling alone would mislead: `install` is not a typo of
 * `uninstall`.
 */
const meanings: ReadonlyMap<string, string> = new Map([
  ['install', 'import'],
  ['instal', 'import'],
  ['load', 'import'],
  ['start', 'up'],
  ['run', 'up'],
  ['restart', 'up'],
  ['upgrade', 'up'],
  ['update', 'up'],
  ['save', 'export'],
  ['pack', 'export'],
  ['create', 'export'],
  ['build', 'rebuild'],
  ['undo', 'rollback'],
  ['list', 'status'],
  ['ps', 'status'],
  ['log', 'logs'],
  ['check', 'verify'],
  ['show', 'inspect'],
  ['remove', 'uninstall'],
  ['delete', 'uninstall'],
  ['rm', 'uninstall'],
  ['what', 'explain'],
  ['why', 'explain'],
]);
