import type { Environment } from '@bundle/format';
import { BundleError } from '@bundle/format';
import { execa, type Options } from 'execa';
import {
  addSteps,
  type BuildRequest,
  type BuildStep,
  type BuildTool,
  type CacheSource,
} from './build.ts';
import { type BuildProgress, createBuildProgress } from './build-progress.ts';
import { endpointVariables, resolveEndpoint } from './endpoint.ts';
import { lazy } from './lazy.ts';
import { pluginCommand } from './plugin.ts';

/** The first release with `--progress rawjson`. */
const oldestRelease = [0, 13] as const;

const attempts = 3;

interface Found {
  readonly program: string;
  readonly version: string;
}

function isRecent(version: string | undefined): version is string {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version ?? '') ?? []).map(Number);
  return version !== undefined && (major - oldestRelease[0] || minor - oldestRelease[1]) >= 0;
}

/** Tells whether a command is the plugin's own file, and not `docker buildx`. */
function isFile(command: readonly string[]): boolean {
  return command.length === 1;
}

/**
 * Tells whether a build failed because the containerd image store collected a snapshot while the result was being
 * unpacked (moby/buildkit#6521; fixed in 2026). The same build then succeeds.
 */
export function isCollectorRace(words: string): boolean {
  return /failed to prepare extraction snapshot .*parent snapshot \S+ does not exist/.test(words);
}

/**
 * Creates the tool that runs `docker buildx build` on the engine's own builder; any other builder has its own cache and
 * images.
 */
export function createBuildTool(choice: {
  readonly dockerHost?: string | undefined;
  readonly env: Environment;
  /** Finds the buildx that releases on this host carry; called only if the host's own is missing or too old. */
  readonly carried?: () => Promise<string | undefined>;
}): BuildTool {
  const options = lazy(async () => {
    const endpoint = await resolveEndpoint(choice.dockerHost, choice.env);
    const env = {
      ...choice.env,
      ...endpointVariables(endpoint),
      // Sets the content of `metadataFile`; has no effect without that file.
      BUILDX_METADATA_PROVENANCE: 'max',
    };
    return { env, extendEnv: false, stdin: 'ignore' } as const satisfies Options;
  });
  const own = lazy(() => pluginCommand('buildx', choice.env));
  const versionOf = async ([file = '', ...first]: readonly string[]): Promise<
    string | undefined
  > => {
    const { failed, stdout } = await execa(file, [...first, 'version'], {
      ...(await options()),
      reject: false,
    });
    return failed ? undefined : /\s(v?\d+\.\d+\S*)/.exec(stdout)?.[1];
  };
  const ownVersion = lazy(async () => versionOf(await own()));
  /** Returns the carried plugin if it runs here. */
  const carriedThatRuns = lazy(async (): Promise<Found | undefined> => {
    const program = await choice.carried?.();
    const found = program === undefined ? undefined : await versionOf([program]);
    return program === undefined || !isRecent(found) ? undefined : { program, version: found };
  });
  const version = async (): Promise<string | undefined> => {
    const found = await ownVersion();
    return isRecent(found) ? found : ((await carriedThatRuns())?.version ?? found);
  };
  /** A plugin of the host is tried without asking for its version, which takes a third of the time of a short build. */
  const firstCommand = async (): Promise<readonly string[]> => {
    const command = await own();
    if (isFile(command)) return command;
    const found = await carriedThatRuns();
    return found === undefined ? command : [found.program];
  };
  /** Returns the command to try after a failure that an old plugin may have caused; fails if there is none. */
  const otherCommand = async (used: readonly string[]): Promise<readonly string[] | undefined> => {
    const found = await versionOf(used);
    if (isRecent(found)) return undefined;
    const program = (await carriedThatRuns())?.program;
    if (program !== undefined && program !== used[0]) return [program];
    throw new BundleError('buildx-missing', {
      operation: 'looking for the buildx plugin of docker',
      expected: `version ${oldestRelease.join('.')} or later`,
      found: found ?? 'none',
      hint: 'Install the package docker-buildx-plugin (Docker’s own) or docker-buildx (Debian’s), or import a bundle that carries buildx.',
    });
  };

  /** Returns why the build failed; undefined if it succeeded. */
  const run = async (
    [file = '', ...first]: readonly string[],
    request: BuildRequest,
    progress: BuildProgress,
    signal: AbortSignal,
  ): Promise<{ readonly found: string; readonly cause: unknown } | undefined> => {
    const child = execa(file, [...first, 'build', ...buildFlags(request)], {
      ...(await options()),
      stdout: 'ignore',
      cancelSignal: signal,
    });
    try {
      for await (const line of child.iterable({ from: 'stderr' })) progress.line(line);
      await child;
      return undefined;
    } catch (cause) {
      if (signal.aborted) throw new BundleError('interrupted', { operation: 'building' });
      if (cause instanceof BundleError) throw cause;
      return { found: progress.failure() || 'docker buildx failed without a message', cause };
    }
  };

  /** Kept for the next build, once one was chosen. */
  let command: readonly string[] | undefined;
  return {
    version,
    async build(request, onStep, signal) {
      const steps = new Map<string, BuildStep>();
      command ??= await firstCommand();
      for (let attempt = 1; ; attempt += 1) {
        const progress = createBuildProgress(onStep);
        const failure = await run(command, request, progress, signal);
        addSteps(steps, progress.steps());
        if (failure === undefined) return [...steps.values()];
        if (attempt < attempts && isCollectorRace(failure.found)) continue;
        const other = await otherCommand(command);
        if (other === undefined)
          throw buildError(request.description, failure.found, failure.cause);
        command = other;
      }
    },
  };
}

/** Makes the error for a failed build, with a hint. */
export function buildError(subject: string, found: string, cause?: unknown): BundleError {
  const isFull = /no space left on device/i.test(found);
  return new BundleError(isFull ? 'no-space' : 'image-build-failed', {
    operation: 'building',
    subject,
    found,
    hint: isFull
      ? 'Free space in the engine’s data folder (see `docker system df`; `docker builder prune` takes nothing that rebuilds need), then run the command again. The image is unchanged.'
      : 'Fix what failed, then run the command again.',
    cause,
  });
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
    ...outputFlags(request),
    ...(request.inlineCache ? ['--cache-to', 'type=inline'] : []),
    ...one('--metadata-file', request.metadataFile),
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

function outputFlags({ tag, outputFolder }: BuildRequest): string[] {
  if (outputFolder !== undefined)
    return ['--output', `type=local,${csvField(`dest=${outputFolder}`)}`];
  return tag === undefined ? ['--output', 'type=cacheonly'] : ['--tag', tag];
}

/** Formats a cache source as a flag. Values of `type=local` are comma-separated fields, quoted as in CSV. */
function cacheFlag(source: CacheSource): string {
  if ('image' in source) return source.image;
  return `type=local,${csvField(`src=${source.layout}`)},digest=${source.digest}`;
}

function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
