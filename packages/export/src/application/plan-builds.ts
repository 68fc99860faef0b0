import { isAbsolute, relative, resolve } from 'node:path';
import type { BuildSection, ResolvedProject } from '@bundle/compose';
import { interpolate } from '@bundle/compose';
import { defined } from '@bundle/format';
import type { PlannedBuild } from './application.ts';
import { packedImage, serviceImage } from './images.ts';
import type { Warning } from './warnings.ts';

/** Plans how the images of a project are built; services with the same image share the build of the first one. */
export function planBuilds(project: ResolvedProject, projectDir: string): PlannedBuild[] {
  const builds = new Map<string, PlannedBuild>();
  for (const [name, service] of Object.entries(project.services)) {
    if (!service.build) continue;
    const { reference } = packedImage(serviceImage(project.name, name, service), name);
    const known = builds.get(reference);
    builds.set(
      reference,
      known === undefined
        ? plannedBuild(name, reference, service.build, project, projectDir)
        : { ...known, services: [...known.services, name] },
    );
  }
  return [...builds.values()];
}

function plannedBuild(
  service: string,
  image: string,
  build: BuildSection,
  { secrets }: ResolvedProject,
  projectDir: string,
): PlannedBuild {
  const context = build.context ?? projectDir;
  return {
    services: [service],
    image,
    // Relative, so that the recipe works wherever the project folder is.
    context: relative(projectDir, context) || '.',
    dockerfile:
      build.dockerfile_inline === undefined
        ? { path: relativeTo(context, build.dockerfile ?? 'Dockerfile') }
        : { text: build.dockerfile_inline },
    projectDir,
    buildArgs: build.args ?? {},
    labels: build.labels ?? {},
    buildContexts: Object.fromEntries(
      Object.entries(build.additional_contexts ?? {}).map(([name, value]) => [
        name,
        isAbsolute(value) ? relative(projectDir, value) || '.' : value,
      ]),
    ),
    extraHosts: Array.isArray(build.extra_hosts)
      ? build.extra_hosts.map((host) => host.replace(/^([^=:]+):/, '$1='))
      : Object.entries(build.extra_hosts ?? {}).map(([host, ip]) => `${host}=${ip}`),
    ulimits: Object.entries(build.ulimits ?? {}).map(([name, value]) => `${name}=${value}`),
    secrets: (build.secrets ?? []).flatMap(({ source, target }) => {
      const { file, environment } = secrets?.[source] ?? {};
      const id = `id=${target ?? source}`;
      return file ? [`${id},src=${file}`] : environment ? [`${id},env=${environment}`] : [];
    }),
    ssh: build.ssh ?? [],
    ...defined({
      target: build.target,
      network: build.network,
      shmSize: build.shm_size,
      problem: problemOf(build),
    }),
  };
}

function relativeTo(folder: string, path: string): string {
  return isAbsolute(path) ? relative(folder, path) : relative(folder, resolve(folder, path));
}

/**
 * Warns of build arguments whose values come from this machine, through `.env` or the environment. They go into the
 * bundle: images keep them in their history, and a rebuild needs the same values.
 */
export function buildArgWarnings(builds: readonly PlannedBuild[], written: unknown): Warning[] {
  return builds.flatMap(({ services: [service = ''], buildArgs }) =>
    Object.entries(buildArgs).flatMap(([name, value]) => {
      const path = ['services', service, 'build', 'args'];
      const text = writtenArg(valueAt(written, path), name);
      if (value === '' || (text !== undefined && withDefaults(text) === value)) return [];
      const message = `the value of build argument ${name} of ${service} goes into the bundle: rebuilds need it, and images keep it in their history`;
      return [{ path, message }];
    }),
  );
}

/** Interpolates a text as if no variable were set; undefined if one is required. */
function withDefaults(text: string): string | undefined {
  try {
    return interpolate(text, () => undefined);
  } catch {
    return undefined;
  }
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  return typeof value === 'object' && value !== null
    ? valueAt(Reflect.get(value, key), rest)
    : undefined;
}

/** Returns the value written in `NAME: value` or `- NAME=value`; undefined if only the name is written. */
function writtenArg(args: unknown, name: string): string | undefined {
  if (Array.isArray(args)) {
    const item = args.map(String).find((text) => text.startsWith(`${name}=`));
    return item?.slice(name.length + 1);
  }
  const value = valueAt(args, [name]);
  return value === undefined || value === null ? undefined : String(value);
}

/** Returns the reason why a build cannot be repeated elsewhere from the contents of a bundle. */
function problemOf(build: BuildSection): string | undefined {
  const remote = /^(?:[a-z]+:\/\/|git@)/;
  if (build.context !== undefined && remote.test(build.context))
    return 'its context is not a folder: check it out, and name the folder';
  const contexts = Object.entries(build.additional_contexts ?? {});
  const other = contexts.find(
    ([, value]) => !value.startsWith('docker-image://') && !/^[./~]/.test(value),
  );
  if (other !== undefined)
    return `its additional context ${other[0]} is ${other[1]}: only folders and docker-image:// can be carried`;
  if (build.privileged === true || (build.entitlements ?? []).length > 0)
    return 'it builds with privileges, which BuildKit in the engine does not give';
  if ((build.platforms ?? []).length > 1) return 'it builds for several platforms at once';
  return undefined;
}
