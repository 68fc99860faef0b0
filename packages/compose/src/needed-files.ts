import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

/** A file that Compose does not start without: of a secret or config, or a seccomp profile. */
export interface NeededFile {
  readonly service: string;
  /** `secret NAME`, `config NAME` or `seccomp profile`. */
  readonly what: string;
  /** As the project has it. */
  readonly path: string;
}

/** What a file with a seccomp profile is called. */
export const seccompProfile = 'seccomp profile';

/** Lists the files of the secrets, configs and seccomp profiles of a project's services. */
export function neededFiles({
  services,
  secrets,
  configs,
}: Pick<ComposeProject, 'services' | 'secrets' | 'configs'>): NeededFile[] {
  return Object.entries(services).flatMap(([service, uses]) => {
    const from = (
      kind: string,
      used: readonly { readonly source: string }[] | null | undefined,
      places: ComposeProject['secrets'],
    ): NeededFile[] =>
      (used ?? []).flatMap(({ source }) => {
        const path = places?.[source]?.file;
        return path ? [{ service, what: `${kind} ${source}`, path }] : [];
      });
    const profiles = seccompFiles(uses).map((path) => ({ service, what: seccompProfile, path }));
    return [
      ...from('secret', uses.secrets, secrets),
      ...from('config', uses.configs, configs),
      ...profiles,
    ];
  });
}

/** Lists the files with seccomp profiles of a service. Compose reads them at each start. */
export function seccompFiles({ security_opt }: Pick<ComposeService, 'security_opt'>): string[] {
  return (security_opt ?? []).flatMap((option) => {
    const [, value = 'unconfined'] = /^seccomp[:=](.*)$/s.exec(option) ?? [];
    return ['unconfined', 'builtin', ''].includes(value) ? [] : [value];
  });
}
