import type { ComposeProject } from './project.ts';

/** A file that Compose does not start without, of a secret or config. */
export interface NeededFile {
  readonly service: string;
  /** `secret NAME` or `config NAME`. */
  readonly what: string;
  /** As the project has it. */
  readonly path: string;
}

/** Lists the files that the secrets and configs of a project's services come from. */
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
    return [...from('secret', uses.secrets, secrets), ...from('config', uses.configs, configs)];
  });
}
