import { readProject } from './project.ts';
import { mapStrings, type Operator, parseTemplate, type VariableUse } from './template.ts';

/** One place that uses a variable. `=`: `environment` passes it on by its name alone. */
export interface VariablePlace {
  readonly path: readonly PropertyKey[];
  readonly operator: Operator | '=';
  readonly argument: string;
}

export interface Variable {
  readonly name: string;
  readonly places: readonly VariablePlace[];
}

/** The variables of a Compose file as it is written, in the order of their first use. */
export function variablesOf(document: unknown): Variable[] {
  const found = new Map<string, VariablePlace[]>();
  const add = (name: string, place: VariablePlace): void => {
    found.set(name, [...(found.get(name) ?? []), place]);
  };
  const visit = (text: string, path: readonly PropertyKey[]): void => {
    for (const { name, operator, argument } of usesIn(text)) {
      add(name, { path, operator, argument });
      // A default may itself name variables; what follows a `?` is words.
      if (!operator.endsWith('?')) visit(argument, path);
    }
  };
  mapStrings(document, visit);
  for (const [service, names] of passedOn(document)) {
    for (const name of names) {
      add(name, { path: ['services', service, 'environment'], operator: '=', argument: '' });
    }
  }
  return [...found].map(([name, places]) => ({ name, places }));
}

/** Bad syntax is for Compose to report. */
function usesIn(text: string): VariableUse[] {
  try {
    return parseTemplate(text).filter((part) => typeof part !== 'string');
  } catch {
    return [];
  }
}

/** Names in `environment` that have no value of their own. */
function passedOn(document: unknown): [service: string, names: string[]][] {
  return Object.entries(readProject(document)?.services ?? {}).map(([service, { environment }]) => [
    service,
    Object.entries(environment ?? {}).flatMap(([name, value]) => (value === null ? [name] : [])),
  ]);
}

export function isRequired({ places }: Variable): boolean {
  return places.some(({ operator }) => operator.endsWith('?'));
}

/** The distinct defaults that its places give it. */
export function defaultsOf({ places }: Variable): string[] {
  const defaults = places.flatMap(({ operator, argument }) =>
    operator.endsWith('-') ? [argument] : [],
  );
  return [...new Set(defaults)];
}

/** Whether unset leaves nothing in some place that has no default, error or alternative of its own. */
export function isEmptyWhenUnset({ places }: Variable): boolean {
  return places.some(({ operator }) => operator === '');
}
