import type { Finding } from '@bundle/format';
import type { ComposeDocument } from './documents.ts';
import { insideProject, type Mount } from './mounts.ts';
import type { ComposeProject } from './project.ts';
import type { Variable } from './variables.ts';

/** What the person who packs should know about an application before it goes to another site. */
export function applicationWarnings(
  project: ComposeProject,
  mounts: readonly Mount[],
  documents: readonly ComposeDocument[],
  variables: readonly Variable[],
  isSet: (name: string) => boolean,
  projectDir: string,
): Finding[] {
  const warn = (path: readonly string[], message: string): Finding => {
    const place = documents.find(({ lineOf }) => lineOf(path) !== undefined) ?? documents[0];
    const line = place?.lineOf(path);
    return {
      severity: 'warning',
      file: place?.file ?? '',
      ...(line === undefined ? {} : { line }),
      path: path.join('.'),
      message,
    };
  };
  const services = Object.entries(project.services).flatMap(([name, service]) => [
    ...(service.privileged === true
      ? [warn(['services', name, 'privileged'], 'runs privileged: it can do anything on the host')]
      : []),
    ...(service.network_mode === 'host'
      ? [warn(['services', name, 'network_mode'], 'uses the host’s network')]
      : []),
    ...(service.pid === 'host'
      ? [warn(['services', name, 'pid'], 'sees the host’s processes')]
      : []),
  ]);
  const outside = mounts
    .filter(
      ({ kind, source }) => kind === 'bind' && insideProject(projectDir, source) === undefined,
    )
    .map(({ service, source }) =>
      warn(
        ['services', service, 'volumes'],
        `mounts ${source} of the host, which must be there too`,
      ),
    );
  const unset = variables
    .filter(
      ({ name, defaultValue, required }) => !required && defaultValue === undefined && !isSet(name),
    )
    .map(({ name }) => warn([], `\${${name}} has no default and is not set: it becomes empty`));
  return [...services, ...outside, ...unset];
}
