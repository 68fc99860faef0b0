import {
  bundledValue,
  defaultsOf,
  type ExampleEntry,
  effectivePlaces,
  isOfEveryHost,
  isRequired,
  type Settings,
  type Variable,
} from '@bundle/compose';

/** Names in an env file that have a value here, by the value that they have on the other host; never a value. */
export interface NamesToSet {
  /** Names without a value there: the application would start without them, or not at all. */
  readonly toFill: readonly string[];
  /** Names with a different value there: a default of the Compose file, or the one in the project's own example. */
  readonly differing: readonly string[];
}

/** Decides which variables of the Compose file have to be set on the other host. */
export function variablesToSet(
  variables: readonly Variable[],
  example: ReadonlyMap<string, ExampleEntry>,
  { lookup, fileValues }: Pick<Settings, 'lookup' | 'fileValues'>,
): NamesToSet {
  const toFill: string[] = [];
  const differing: string[] = [];
  for (const variable of variables) {
    const { name } = variable;
    const value = lookup(name);
    const isElsewhereToo = isOfEveryHost(name) && !fileValues.has(name);
    if (!value || isElsewhereToo || bundledValue(variable) !== undefined) continue;
    const entry = example.get(name);
    // A line of env.example becomes a line of `.env` there, and overrides a default.
    const there = entry?.value ? [entry.value] : hasDefault(variable) ? defaultsOf(variable) : [];
    if (there.length > 0) {
      if (there.some((one) => one !== value)) differing.push(name);
    } else if (!saysOptional(entry)) toFill.push(name);
  }
  return { toFill, differing };
}

/** Decides the same for the names in a service's env file, from its values here. */
export function namesToSet(
  values: ReadonlyMap<string, string>,
  example: ReadonlyMap<string, ExampleEntry>,
): NamesToSet {
  const set = [...values].filter(([name, value]) => name !== '' && value !== '');
  const wanting = set.filter(([name]) => !example.get(name)?.value);
  return {
    toFill: wanting.map(([name]) => name).filter((name) => !saysOptional(example.get(name))),
    differing: set
      .filter(([name, value]) => (example.get(name)?.value || value) !== value)
      .map(([name]) => name),
  };
}

/** Tells whether a variable has a default in every place where it matters. */
function hasDefault(variable: Variable): boolean {
  return (
    !isRequired(variable) &&
    effectivePlaces(variable).every(({ operator }) => operator.endsWith('-'))
  );
}

function saysOptional(entry: ExampleEntry | undefined): boolean {
  return entry?.comments.some((line) => /^optional\b/i.test(line)) === true;
}
