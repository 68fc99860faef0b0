import { BundleError } from '@bundle/format';
import { execa, type Options } from 'execa';
import type { BuildRequest, BuildTool, CacheSource } from './build.ts';
import { createBuildProgress } from './build-progress.ts';
import { type Environment, resolveDockerHost } from './endpoint.ts';
import { lazy } from './lazy.ts';

/** The first release with `--progress rawjson`. */
const oldestRelease = [0, 13] as const;

/** `docker buildx build` on the builder of the engine itself: another builder has a cache and images of its own. */
export function createBuildTool(choice: {
  readonly dockerHost?: string | undefined;
  readonly env: Environment;
}): BuildTool {
  const options = lazy(async () => {
    const host = await resolveDockerHost(choice.dockerHost, choice.env);
    const env = { ...choice.env, DOCKER_HOST: host, DOCKER_CONTEXT: undefined };
    return { env, extendEnv: false, stdin: 'ignore' } as const satisfies Options;
  });
  const version = lazy(async (): Promise<string | undefined> => {
    const { failed, stdout } = await execa('docker', ['buildx', 'version'], {
      ...(await options()),
      reject: false,
    });
    return failed ? undefined : /\s(v?\d+\.\d+\S*)/.exec(stdout)?.[1];
  });
  const check = async (): Promise<void> => {
    const found = await version();
    const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(found ?? '') ?? []).map(Number);
    if (found !== undefined && (major - oldestRelease[0] || minor - oldestRelease[1]) >= 0) return;
    throw new BundleError('buildx-missing', {
      operation: 'looking for the buildx plugin of docker',
      expected: `version ${oldestRelease.join('.')} or later`,
      found: found ?? 'none',
      hint: 'Install the package docker-buildx-plugin (Docker’s own) or docker-buildx (Debian’s).',
    });
  };

  return {
    version,
    async build(request, onStep, signal) {
      await check();
      const progress = createBuildProgress(onStep);
      const child = execa('docker', ['buildx', 'build', ...buildFlags(request)], {
        ...(await options()),
        stdout: 'ignore',
        cancelSignal: signal,
      });
      try {
        for await (const line of child.iterable({ from: 'stderr' })) progress.line(line);
        await child;
        return progress.steps();
      } catch (error) {
        if (signal.aborted) throw new BundleError('interrupted', { operation: 'building' });
        const found = progress.failure();
        throw new BundleError('image-build-failed', {
          operation: 'building',
          subject: request.description,
          found: found === '' ? 'docker buildx failed without a word' : found,
          hint: 'Mend what failed, then run the command again.',
          cause: error,
        });
      }
    },
  };
}

function buildFlags(request: BuildRequest): string[] {
  const each = (flag: string, values: readonly string[]): string[] =>
    values.flatMap((value) => [flag, value]);
  const pairs = (record: Readonly<Record<string, string>>): string[] =>
    Object.entries(record).map(([key, value]) => `${key}=${value}`);
  const one = (flag: string, value: string | undefined): string[] =>
    value === undefined ? [] : [flag, value];
  return [
    ...['--builder', 'default', '--progress', 'rawjson', '--provenance=false', '--sbom=false'],
    ...['--file', request.dockerfile, '--target', request.target],
    ...(request.tag === undefined ? ['--output', 'type=cacheonly'] : ['--tag', request.tag]),
    ...(request.inlineCache ? ['--cache-to', 'type=inline'] : []),
    ...each('--cache-from', request.cacheFrom.map(cacheFlag)),
    ...each('--build-arg', pairs(request.buildArgs)),
    ...each('--build-context', pairs(request.buildContexts)),
    ...each('--label', pairs(request.labels)),
    ...each('--secret', request.secrets),
    ...each('--ssh', request.ssh),
    ...one('--network', request.network),
    ...each('--add-host', request.extraHosts),
    ...one('--shm-size', request.shmSize),
    ...each('--ulimit', request.ulimits),
    ...one('--platform', request.platform),
    request.context,
  ];
}

/** Values of `type=local` are comma-separated fields, quoted as in CSV. */
function cacheFlag(source: CacheSource): string {
  if ('image' in source) return source.image;
  return `type=local,${csvField(`src=${source.layout}`)},digest=${source.digest}`;
}

function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
