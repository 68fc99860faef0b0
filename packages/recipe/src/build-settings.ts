import { resolve } from 'node:path';

export interface BuildSettings {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly buildContexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly network?: string | undefined;
  readonly extraHosts: readonly string[];
  readonly shmSize?: string | undefined;
  readonly ulimits: readonly string[];
}

/** Settings common to every build of a recipe, with its folders as paths of this machine. */
export function buildSettings(settings: BuildSettings, projectDir: string) {
  const { buildArgs, labels, network, extraHosts, shmSize, ulimits } = settings;
  const buildContexts = Object.fromEntries(
    Object.entries(settings.buildContexts).map(([name, value]) => [
      name,
      value.includes('://') ? value : resolve(projectDir, value),
    ]),
  );
  return {
    buildArgs,
    buildContexts,
    labels,
    extraHosts,
    ulimits,
    ...(network === undefined ? {} : { network }),
    ...(shmSize === undefined ? {} : { shmSize }),
  };
}
