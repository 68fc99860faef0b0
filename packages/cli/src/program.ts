import type { BundleError } from '@bundle/format';
import { Command, CommanderError } from 'commander';
import type { Task } from './command.ts';
import { cacheCommand } from './commands/cache.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { inventoryCommand } from './commands/inventory.ts';
import {
  logsCommand,
  pruneCommand,
  releasesCommand,
  statusCommand,
  uninstallCommand,
} from './commands/operate.ts';
import { preflightCommand } from './commands/preflight.ts';
import { rebuildCommand } from './commands/rebuild.ts';
import { repairCommand } from './commands/repair.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { serveCommand } from './commands/serve.ts';
import { sourceCommand } from './commands/source.ts';
import { upCommand } from './commands/up.ts';
import { validateCommand } from './commands/validate.ts';
import { verifyCommand } from './commands/verify.ts';
import { usageError } from './usage.ts';
import { version } from './version.ts';

/** Where the help goes: `out` when it was asked for, `err` when a command line is incomplete. */
export interface HelpOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns; the terminal's when absent. */
  readonly width?: number;
}

/** The command with all its subcommands; each delivers its work instead of doing it. */
export function createProgram(deliver: (task: Task) => void, output: HelpOutput): Command {
  const program = new Command('bundle')
    .description(
      'Packs a Docker Compose application into a verified bundle and loads it on a host without a network.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  bundle export -o shop.tar        pack the application of this folder
  bundle import shop.tar           load it on the host without a network
  bundle rebuild backend --up      build it again there, from changed source

Each command has its own help: bundle export --help
The engine is chosen by --docker-host, DOCKER_HOST, DOCKER_CONTEXT or the current docker context.`,
    );
  for (const make of [
    exportCommand,
    validateCommand,
    verifyCommand,
    inspectCommand,
    diffCommand,
    preflightCommand,
    importCommand,
    upCommand,
    rollbackCommand,
    statusCommand,
    releasesCommand,
    logsCommand,
    pruneCommand,
    uninstallCommand,
    inventoryCommand,
    rebuildCommand,
    sourceCommand,
    repairCommand,
    serveCommand,
    cacheCommand,
    doctorCommand,
  ]) {
    program.addCommand(make(deliver));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: output.out,
      writeErr: output.err,
      // Errors of usage are thrown; they are shown like all others.
      outputError: () => undefined,
      ...(output.width === undefined ? {} : { getOutHelpWidth: () => output.width ?? 80 }),
    });
  }
  return program;
}

/** Reads a command line: its task, or undefined when help or version was all that it asked for. */
export function parseArguments(
  argv: readonly string[],
  output: HelpOutput,
): { task: Task } | { done: true } | { incomplete: true } {
  let task: Task | undefined;
  const program = createProgram((delivered) => {
    task = delivered;
  }, output);
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { done: true };
    if (error.code === 'commander.help') return { incomplete: true };
    const name = program.commands.map((command) => command.name()).find((one) => one === argv[0]);
    throw fromCommander(error, name);
  }
  if (task === undefined) throw new Error('no command ran');
  return { task };
}

/** From `error: unknown option '--fooo'\n(Did you mean --foo?)`. Arguments may hold secrets, so they are not repeated. */
function fromCommander(error: CommanderError, name: string | undefined): BundleError {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const help = `See \`bundle ${name === undefined ? '' : `${name} `}--help\`.`;
  return usageError(
    name === undefined ? 'the command line' : `the command line of ${name}`,
    'arguments and options as in the help',
    message,
    suggestion === undefined ? help : `${suggestion.replace(/^\(|\)$/g, '')} ${help}`,
  );
}
