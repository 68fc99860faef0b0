import {
  bundledValue,
  defaultsOf,
  type ExampleEntry,
  isEmptyWhenUnset,
  isRequired,
  needsValue,
  profilesVariable,
  setHere,
  type Variable,
} from '@bundle/compose';
import { formatDocumentPath } from '@bundle/format';
import type { PlannedProfile } from './application.ts';
import { profileLines } from './profile-lines.ts';

/** What an example of `.env` is made from. */
export interface ExampleInput {
  readonly variables: readonly Variable[];
  /** Further names: those of a `.env` that a service reads as its env file. */
  readonly furtherNames: readonly string[];
  /** Names that had a value here and get no other from the Compose file or the project's own example. */
  readonly toFill: ReadonlySet<string>;
  /** Places in a release for variables that hold this machine's path of the project. */
  readonly folders: ReadonlyMap<string, string>;
  /** Those that are packed. */
  readonly profiles: readonly PlannedProfile[];
}

/** Makes env.example for a project that has none: names and defaults out of the Compose files, never a value of `.env`. */
export function envExampleText({
  variables,
  furtherNames,
  toFill,
  folders,
  profiles,
}: ExampleInput): string {
  const known = new Set(variables.map(({ name }) => name));
  const further = furtherNames
    .filter((name) => !known.has(name))
    .map((name) => `${toFill.has(name) ? `# ${setHere}\n` : ''}${name}=\n`);
  const choice = profileLines(profiles, undefined);
  const blocks = [
    ...variables.map((variable) => variableText(variable, toFill, folders)),
    ...further,
    ...(choice.length === 0 ? [] : [`${choice.join('\n')}\n`]),
  ];
  const head = '# Settings of the application. Copy this file to .env and change what you need.\n';
  return [head, ...blocks].join('\n');
}

/**
 * Lists the lines that the project's own example of `.env` lacks: variables that it does not name, and, commented out, those
 * that had a value here and are empty there. Its own lines stay as they are.
 */
export function missingLines(
  { variables, furtherNames, toFill, folders, profiles }: ExampleInput,
  own: ReadonlyMap<string, ExampleEntry>,
): string[] {
  const wanting = variables.flatMap((variable) => {
    const entry = own.get(variable.name);
    const isBundled = needsValue(variable) && bundledValue(variable) !== undefined;
    const hasValue = isBundled || folders.has(variable.name);
    if (entry === undefined || (hasValue && entry.value === '')) {
      return ['', ...variableText(variable, toFill, folders).trimEnd().split('\n')];
    }
    return toFill.has(variable.name) && !saysRequired(entry)
      ? ['', ...requirement(variable.name)]
      : [];
  });
  const known = new Set(variables.map(({ name }) => name));
  const further = furtherNames.filter((name) => !known.has(name) && toFill.has(name));
  const choice = profileLines(profiles, own.get(profilesVariable));
  return [
    ...wanting,
    ...further.flatMap((name) => missingName(name, own.get(name))),
    ...(choice.length === 0 ? [] : ['', ...choice]),
  ];
}

/** Lists the lines for a name of an env file that its example lacks, or has without a value. */
export function missingName(name: string, entry: ExampleEntry | undefined): string[] {
  if (entry === undefined) return ['', `# ${setHere}`, `${name}=`];
  return saysRequired(entry) ? [] : ['', ...requirement(name)];
}

function saysRequired({ comments }: ExampleEntry): boolean {
  return comments.some((line) => /^required\b/i.test(line));
}

/** Commented out: a second assignment would win over the value that somebody writes behind the first. */
function requirement(name: string): string[] {
  return [`# ${setHere}`, `#${name}=`];
}

function variableText(
  variable: Variable,
  toFill: ReadonlySet<string>,
  folders: ReadonlyMap<string, string>,
): string {
  const folder = folders.get(variable.name);
  if (folder !== undefined) {
    const why =
      'a folder of the application: relative to the Compose file, wherever the release lies';
    return `# ${oneLine(usedIn(variable))}\n# ${why}\n${variable.name}=${folder}\n`;
  }
  const comments = [usedIn(variable), ...notes(variable, toFill.has(variable.name))];
  return `${comments.map((comment) => `# ${oneLine(comment)}\n`).join('')}${assignment(variable, toFill)}\n`;
}

const maxPlaces = 3;

function usedIn({ places }: Variable): string {
  const all = [...new Set(places.map(({ path }) => formatDocumentPath(path)))];
  const more = all.length - maxPlaces;
  const words = all.slice(0, maxPlaces).join(', ');
  return `used in ${words}${more > 0 ? ` and ${more} more` : ''}`;
}

function notes(variable: Variable, wasSet: boolean): string[] {
  const { places } = variable;
  const required = places.find(({ operator }) => operator.endsWith('?'));
  const alternative = places.find(({ operator }) => operator.endsWith('+'));
  const defaults = defaultsOf(variable);
  const bundled = bundledValue(variable);
  return [
    ...(alternative === undefined ? [] : [`when set, "${alternative.argument}" is used`]),
    ...(defaults.length > 1 || !isPlain(defaults[0] ?? '')
      ? [`default: ${defaults.join(' or ')}`]
      : []),
    ...(isEmptyWhenUnset(variable) && !isRequired(variable) && bundled === undefined && !wasSet
      ? ['empty when unset']
      : []),
    ...(bundled === undefined ? [] : ['no effect from a bundle: it fixes what this chooses']),
    ...(bundled !== undefined
      ? []
      : required !== undefined
        ? [`required: ${required.argument || 'it has no default'}`]
        : wasSet
          ? [setHere]
          : []),
  ];
}

/** A commented line keeps the default of each place, and an unset variable unset. */
function assignment(variable: Variable, toFill: ReadonlySet<string>): string {
  const { name } = variable;
  const bundled = bundledValue(variable);
  if (bundled !== undefined && needsValue(variable)) return `${name}=${bundled}`;
  if (isRequired(variable) || toFill.has(name)) return `${name}=`;
  const defaults = defaultsOf(variable);
  const [only] = defaults;
  return defaults.length === 1 && only !== undefined && isPlain(only)
    ? `${name}=${only}`
    : `#${name}=`;
}

/** What every reader of env files takes as it stands, without quotes. */
function isPlain(text: string): boolean {
  return /^[\w./:@%+,-]*$/.test(text);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
