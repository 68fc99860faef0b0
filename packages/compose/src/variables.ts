import { readProject } from './project.ts';
import { mapStrings, type Operator, parseTemplate, type VariableUse } from './template.ts';

/** One use of a variable. `=`: only its name is given, in `environment` or as the content of a secret. */
export interface VariablePlace {
  readonly path: readonly PropertyKey[];
  readonly operator: Operator | '=';
  readonly argument: string;
}

export interface Variable {
  readonly name: string;
  readonly places: readonly VariablePlace[];
}

/** Lists the variables of a Compose file as written, in the order of first use. */
export function variablesOf(document: unknown): Variable[] {
  const found = new Map<string, VariablePlace[]>();
  const add = (name: string, place: VariablePlace): void => {
    found.set(name, [...(found.get(name) ?? []), place]);
  };
  const visit = (text: string, path: readonly PropertyKey[]): void => {
    for (const { name, operator, argument } of usesIn(text)) {
      add(name, { path, operator, argument });
      // A default may contain variables itself; the text after a `?` is a message.
      if (!operator.endsWith('?')) visit(argument, path);
    }
  };
  mapStrings(document, visit);
  for (const [service, names] of passedOn(document)) {
    for (const name of names) {
      add(name, { path: ['services', service, 'environment'], operator: '=', argument: '' });
    }
  }
  for (const { path, name } of contents(document)) add(name, { path, operator: '=', argument: '' });
  return [...found].map(([name, places]) => ({ name, places }));
}

/** Lists the variables in a text. Bad syntax is ignored, because Compose reports it. */
function usesIn(text: string): VariableUse[] {
  try {
    return parseTemplate(text).filter((part) => typeof part !== 'string');
  } catch {
    return [];
  }
}

/** Lists the names in `environment` that have no value of their own. */
function passedOn(document: unknown): [service: string, names: string[]][] {
  return Object.entries(readProject(document)?.services ?? {}).map(([service, { environment }]) => [
    service,
    Object.entries(environment ?? {}).flatMap(([name, value]) => (value === null ? [name] : [])),
  ]);
}

/** Variables whose values are the content of secrets and configs. */
function contents(document: unknown): { path: string[]; name: string }[] {
  const project = readProject(document);
  return (['secrets', 'configs'] as const).flatMap((kind) =>
    Object.entries(project?.[kind] ?? {}).flatMap(([key, definition]) =>
      definition?.environment
        ? [{ path: [kind, key, 'environment'], name: definition.environment }]
        : [],
    ),
  );
}

export function isRequired({ places }: Variable): boolean {
  return places.some(({ operator }) => operator.endsWith('?'));
}

/** Lists the distinct defaults of a variable. */
export function defaultsOf({ places }: Variable): string[] {
  const defaults = places.flatMap(({ operator, argument }) =>
    operator.endsWith('-') ? [argument] : [],
  );
  return [...new Set(defaults)];
}

/** Tells whether an unset variable would leave some place empty that has no default, error or alternative. */
export function isEmptyWhenUnset({ places }: Variable): boolean {
  return places.some(({ operator }) => operator === '');
}

/** Image names and builds are fixed when a bundle is made; what uses an extension field (`x-…`) has its text too. */
function isFixed([top, , key]: readonly PropertyKey[]): boolean {
  const isImage = top === 'services' && (key === 'image' || key === 'build');
  return isImage || String(top).startsWith('x-');
}

/** Lists the places of a variable where its value has an effect in a bundle. */
export function effectivePlaces({ places }: Variable): VariablePlace[] {
  return places.filter(({ path }) => !isFixed(path));
}

/**
 * Gives the value that a bundle itself has for a variable, so that nobody sets it; undefined for a setting. What only
 * chooses images and builds has no effect there, yet Compose reads it: it gets a word that is valid as a tag, a name and
 * a path. `PWD` is the folder of the release.
 */
export function bundledValue(variable: Variable): string | undefined {
  if (effectivePlaces(variable).length === 0) return 'fixed-by-the-bundle';
  return variable.name === 'PWD' ? '.' : undefined;
}

/** Tells whether Compose refuses a variable without a value, or puts nothing in its place. */
export function needsValue(variable: Variable): boolean {
  return isRequired(variable) || isEmptyWhenUnset(variable);
}

/** Variables that the command gives Compose on every host, from the environment. */
const ofEveryHost =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|LANG|LC_\w+|TZ|DOCKER_\w+|SSH_\w+|XDG_\w+|SSL_\w+)$/;

/** Tells whether Compose gets a variable from the environment of every host, so that nobody has to set it. */
export function isOfEveryHost(name: string): boolean {
  return ofEveryHost.test(name);
}
