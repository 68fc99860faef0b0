import { checkNames, exitCodes, permissionKinds } from '@bundle/format';
import type { Argument, Command, Option } from 'commander';
import { configured, variableFor } from '../config/apply.ts';
import { readConfig } from '../config/read.ts';
import { commandNames, createProgram } from '../program.ts';
import { stateFolder } from '../shared/folders.ts';
import { partPresets } from '../shared/options/values.ts';
import { forBash, splitLine } from './line.ts';
import { bundlesAt, instancesIn, type Offer, releasesIn, servicesIn } from './places.ts';

/** What the shell completes by itself when nothing is offered. */
type Rest = ':none' | ':files' | ':folders';

interface Offers {
  readonly values: readonly Offer[];
  readonly rest: Rest;
}

const nothing: Offers = { values: [], rest: ':none' };
const anyFile: Offers = { values: [], rest: ':files' };

/**
 * Answers the script of a shell: one offer a line with its description behind a tab, then what the shell completes by
 * itself. `args`: the shell, then for bash the line up to the cursor, for others the words up to the cursor.
 */
export async function complete([shell = '', ...args]: readonly string[]): Promise<string> {
  const line = shell === 'bash' ? splitLine(args[0] ?? '') : { words: args, quote: '' as const };
  let offers = anyFile;
  try {
    offers = await offersFor(line.words, shell !== 'bash');
  } catch {
    // Nobody can read a message while typing; the command itself will say what is wrong.
  }
  const word = line.words.at(-1) ?? '';
  const matching = offers.values.filter(([value]) => value.startsWith(word) && isPlain(value));
  const unique = new Map(matching);
  const rows = [...unique].map(([value, what]) =>
    shell === 'bash' ? forBash(value, line) : `${value}\t${isPlain(what) ? what : ''}`,
  );
  const rest = rows.length === 0 ? offers.rest : ':none';
  return `${[...rows, rest].join('\n')}\n`;
}

/** Tells whether a text can be a line of the answer. Names of files may hold anything. */
function isPlain(text: string): boolean {
  return !/[\p{Cc}\p{Cf}]/u.test(text) && !text.startsWith(':');
}

async function offersFor(typed: readonly string[], isDescribed: boolean): Promise<Offers> {
  const words = fromCommand(typed);
  const [name = '', ...rest] = words;
  if (words.length <= 1) return commands(isDescribed);
  if (name === 'help') return words.length === 2 ? commands(isDescribed) : nothing;
  if (name === '--lang' && words.length === 2)
    return valuesOf(languageValue, undefined, '', new Map());
  const own = name === 'ls' ? 'status' : name;
  if (!commandNames.includes(own)) return nothing;
  const program = await createProgram(() => undefined, { out: ignore, err: ignore }, own);
  const command = program.commands.find((one) => one.name() === own);
  return command === undefined ? nothing : offersIn(command, rest);
}

/** Leaves out the only option that may come before the command, once it has its value. */
function fromCommand(words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  const count = first === '--lang' ? 2 : first.startsWith('--lang=') ? 1 : 0;
  return count < words.length ? words.slice(count) : words;
}

const ignore = (): void => undefined;

async function commands(isDescribed: boolean): Promise<Offers> {
  const flags: Offer[] = ['--help', '--version', '--lang'].map((flag) => [flag, '']);
  if (!isDescribed) {
    return { ...nothing, values: [...commandNames.map((name): Offer => [name, '']), ...flags] };
  }
  const program = await createProgram(() => undefined, { out: ignore, err: ignore });
  const described = program.commands.map((one): Offer => [one.name(), one.summary()]);
  return { ...nothing, values: [...described, ['help', 'show the help of a command'], ...flags] };
}

async function offersIn(command: Command, words: readonly string[]): Promise<Offers> {
  const current = words.at(-1) ?? '';
  const { given, positional, waiting, isOver } = readWords(command, words.slice(0, -1));
  if (waiting !== undefined)
    return valuesOf(nameOfValue(waiting), waiting.argChoices, current, given);
  if (!isOver && current.startsWith('-')) {
    const [flag = '', value] = current.split(/=(.*)/s, 2);
    if (value === undefined) return optionsOf(command, given);
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined) return nothing;
    const offers = await valuesOf(nameOfValue(option), option.argChoices, value, given);
    return { ...offers, values: offers.values.map(([one, what]) => [`${flag}=${one}`, what]) };
  }
  const argument = argumentAt(command, positional.length);
  if (argument === undefined) return nothing;
  const offers = await valuesOf(argument.name(), argument.argChoices, current, given);
  return { ...offers, values: offers.values.filter(([one]) => !positional.includes(one)) };
}

interface ReadWords {
  /** Values of the options so far, by long name. */
  readonly given: ReadonlyMap<string, string>;
  readonly positional: readonly string[];
  /** The option that still waits for its value. */
  readonly waiting: Option | undefined;
  /** Whether `--` ended the options. */
  readonly isOver: boolean;
}

function readWords(command: Command, words: readonly string[]): ReadWords {
  const given = new Map<string, string>();
  const positional: string[] = [];
  let waiting: Option | undefined;
  let isOver = false;
  for (const word of words) {
    if (waiting !== undefined) {
      given.set(waiting.long ?? '', word);
      waiting = undefined;
    } else if (isOver || !word.startsWith('-') || word === '-') positional.push(word);
    else if (word === '--') isOver = true;
    else {
      const [flag = '', value] = word.split(/=(.*)/s, 2);
      const option = command.options.find(({ long, short }) => flag === long || flag === short);
      given.set(option?.long ?? flag, value ?? '');
      if (option?.required === true && value === undefined) waiting = option;
    }
  }
  return { given, positional, waiting, isOver };
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const { registeredArguments: all } = command;
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

/** Offers options by their long names, except those that were given and take one value. */
function optionsOf({ options }: Command, given: ReadonlyMap<string, string>): Offers {
  const open = options.filter(
    ({ long, hidden, parseArg }) => long && !hidden && (parseArg !== undefined || !given.has(long)),
  );
  const values = open.map(({ long, description }): Offer => [long ?? '', description]);
  return { ...nothing, values: [...values, ['--help', 'show the help']] };
}

/** Returns `dir` for `--source <dir>`, and `name` for the options that name an application. */
function nameOfValue({ flags, long }: Option): string {
  if (long === '--name' || long === '--product') return 'instance';
  return long === undefined ? '' : `${long} ${/<([^>]*)>/.exec(flags)?.[1] ?? ''}`;
}

async function valuesOf(
  name: string,
  choices: readonly string[] | undefined,
  typed: string,
  given: ReadonlyMap<string, string>,
): Promise<Offers> {
  const offer = (values: readonly string[]): Offers => ({
    ...nothing,
    values: values.map((value) => [value, '']),
  });
  if (choices !== undefined) return offer(choices);
  const known = knownValues.get(name);
  if (known !== undefined) return offer(known);
  const here = { env: process.env, cwd: process.cwd() };
  const files = await readConfig(process.env, commandNames);
  const own = variableFor('state-dir', process.env)
    ? undefined
    : configured(files, '', 'state-dir');
  const stateDir = stateFolder(given.get('--state-dir') || stringOf(own?.value), here);
  const instance = given.get('--name') ?? given.get('--product');
  switch (name.split(' ').at(-1)) {
    case 'instance':
      return offer(await instancesIn(stateDir));
    case 'release':
      return { ...nothing, values: await releasesIn(stateDir, instance) };
    case 'service':
      return { ...nothing, values: await servicesIn(stateDir, instance) };
    case 'bundle':
    case 'before':
    case 'after':
    case 'list':
      return { values: (await bundlesAt(typed)).map((path) => [path, '']), rest: ':files' };
    case 'code':
      return offer([...Object.keys(exitCodes), ...checkNames]);
    case 'dir':
    case 'folder':
      return { values: [], rest: ':folders' };
    case 'file':
    case 'files':
    case 'path':
    case 'receipt':
    case 'inventory':
    case 'key':
    case 'value':
      return anyFile;
    default:
      return nothing;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const languageValue = '--lang language';

/** Values of options that take others as well. */
const knownValues: ReadonlyMap<string, readonly string[]> = new Map([
  ['--allow kind', ['all', ...permissionKinds]],
  [languageValue, ['en', 'zh']],
  ['--split size', Object.keys(partPresets)],
  ['--platform os/arch', ['linux/amd64', 'linux/arm64']],
  ['--engine kind', ['docker', 'oci:']],
  ['--from source', ['registry', 'oci:', 'oci-archive:', 'docker-archive:']],
]);
