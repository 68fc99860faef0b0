import { readProject } from './project.ts';
import { mapStrings, type Operator, parseTemplate, type VariableUse } from './template.ts';

/** One use of a variable. `=`: `environment` passes it on by its name alone. */
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
