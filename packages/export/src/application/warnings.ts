import type { ComposeDocument, ResolvedProject } from '@bundle/compose';
import {
  isEmptyWhenUnset,
  isEngineSocket,
  isHostOwn,
  isRequired,
  isTimeZone,
  type Lookup,
  type Mount,
  permissionsOf,
  permissionText,
  type Variable,
} from '@bundle/compose';
import { defined, type Finding, formatDocumentPath } from '@bundle/format';

export interface Warning {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Returns warnings about an application that matter before it goes to another site. */
export function applicationWarnings(
  project: ResolvedProject,
  mounts: readonly Mount[],
  variables: readonly Variable[],
  lookup: Lookup,
): Warning[] {
  return [
    ...permissionWarnings(project),
    ...mounts.flatMap(socketWarnings),
    ...variables.flatMap((variable) => variableWarnings(variable, lookup)),
  ];
}

/** Warns of permissions, and of host paths only where every host has them: the others are reported as mounts. */
function permissionWarnings(project: ResolvedProject): Warning[] {
  return permissionsOf(project, (path) => !isHostOwn(path) || isTimeZone(path)).map(
    (permission) => ({
      path: ['services', permission.service, permission.key],
      message: `service ${permission.service} ${permissionText(permission)}`,
    }),
  );
}

/** Warns of the engine's socket; other mounts are listed if they are not packed. */
function socketWarnings({ kind, service, source }: Mount): Warning[] {
  if (kind !== 'bind' || !isEngineSocket(source)) return [];
  const message = `service ${service} gets the engine’s socket: it can do anything there`;
  return [{ path: ['services', service, 'volumes'], message }];
}

function variableWarnings(variable: Variable, lookup: Lookup): Warning[] {
  const { name, places } = variable;
  if (isRequired(variable) || !isEmptyWhenUnset(variable) || lookup(name) !== undefined) return [];
  const path = places.find(({ operator }) => operator === '')?.path ?? [];
  return [{ path, message: `\${${name}} has no default and is not set: it becomes empty` }];
}

/** Adds the file and line of the setting that a warning is about. */
export function placedWarning(
  { path, message }: Warning,
  documents: readonly ComposeDocument[],
): Finding {
  const place = documents.find(({ value }) => holds(value, path));
  const line = place?.lineOf(path);
  return {
    severity: 'warning',
    file: (place ?? documents[0])?.file ?? '',
    ...defined({ line }),
    path: formatDocumentPath(path),
    message,
  };
}

function holds(value: unknown, [key, ...rest]: readonly PropertyKey[]): boolean {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return holds(Reflect.get(value, key), rest);
}
