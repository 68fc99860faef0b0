import { stripVTControlCharacters } from 'node:util';
import { isAtLeast, leastCompose, mapStrings, missingValueHint } from '@bundle/compose';
import type { Environment } from '@bundle/format';
import { BundleError, type ErrorCode, reasonOf } from '@bundle/format';
import { ExecaError, execa, type Options } from 'execa';
import { z } from 'zod';
import { beginningStep, buildFailure } from './build-failure.ts';
import type {
  ComposeLifecycle,
  ComposeRequest,
  ComposeTool,
  LogOptions,
  WantedService,
} from './compose.ts';
import { endpointVariables, resolveEndpoint } from './endpoint.ts';
import { lazy } from './lazy.ts';
import { mayEnd } from './may-end.ts';
import { pluginCommand } from './plugin.ts';

const errorTailLines = 15;

const resolvedSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      scale: z.number().nullish(),
      deploy: z
        .looseObject({
          replicas: z.number().nullish(),
          update_config: z.looseObject({ order: z.string().nullish() }).nullish(),
        })
        .nullish(),
      ports: z.array(z.unknown()).nullish(),
      depends_on: z
        .record(z.string(), z.looseObject({ condition: z.string().nullish() }))
        .nullish(),
    }),
  ),
});

/** Compose's JSON loses a limit of 0: it has `{}` for `ulimits: {core: 0}`, and does not read that again. */
const outputSchema = z.looseObject({
  services: z
    .record(
      z.string(),
      z.looseObject({
        ulimits: z
          .record(
            z.string(),
            z.unknown().transform((limit) => (JSON.stringify(limit) === '{}' ? 0 : limit)),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

export { pluginCommand } from './plugin.ts';

/**
 * Creates the tool that runs the compose plugin (`docker compose`), or without a plugin the standalone `docker-compose`
 * version 2. If that is too old to start a release, the tool uses the one that `carried` finds.
 */
export function createComposeTool(choice: {
  readonly dockerHost?: string | undefined;
  readonly env: Environment;
  /**
   * Finds the Compose program that releases on this host carry; called only if the host's own is missing or too old.
   */
  readonly carried?: () => Promise<string | undefined>;
}): ComposeTool & ComposeLifecycle {
  const env = {
    ...choice.env,
    // Reading a project must not fetch anything.
    COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false',
    COMPOSE_EXPERIMENTAL_OCI_REMOTE: 'false',
  };
  const options = { env, extendEnv: false, stdin: 'ignore' } as const satisfies Options;
  /** Only commands that talk to the engine need this. */
  const onEngine = lazy(async () => {
    const endpoint = await resolveEndpoint(choice.dockerHost, choice.env);
    return { ...options, env: { ...env, ...endpointVariables(endpoint) } };
  });
  type Found = { readonly command: readonly string[]; readonly version: string };
  const ask = async (command: readonly string[]): Promise<Found | undefined> => {
    const [file = '', ...first] = command;
    const { failed, stdout } = await execa(file, [...first, 'version', '--short'], {
      ...options,
      reject: false,
    });
    return !failed && isAtLeast(stdout, '2') ? { command, version: stdout.trim() } : undefined;
  };
  const probe = async (): Promise<Found | undefined> => {
    const own = (await ask(await pluginCommand('compose', env))) ?? (await ask(['docker-compose']));
    if (own !== undefined && isAtLeast(own.version, leastCompose)) return own;
    const carried = await choice.carried?.();
    return (carried === undefined ? undefined : await ask([carried])) ?? own;
  };
  const found = lazy(probe);
  const find = async (): Promise<readonly string[]> => {
    const tool = await found();
    if (tool !== undefined) return tool.command;
    throw new BundleError('compose-plugin-missing', {
      operation: 'running docker compose',
      expected: 'the compose plugin, version 2 or later',
      found: 'none',
      hint: 'Install the docker-compose plugin (package docker-compose-plugin or docker-compose).',
    });
  };

  const run = async (
    request: ComposeRequest,
    [command = '', ...rest]: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
    failure: { operation: string; code: ErrorCode; hint: string },
  ): Promise<void> => {
    const [file = '', ...first] = await find();
    const flags = [...globalFlags(request), '--progress', 'plain', command, ...rest];
    const child = execa(file, [...first, ...flags], {
      ...(await onEngine()),
      ...place(request),
      all: true,
      cancelSignal: signal,
    });
    const { operation, code, hint } = failure;
    try {
      for await (const line of child.iterable({ from: 'all' })) onLine(line);
      await child;
    } catch (error) {
      if (signal.aborted) throw new BundleError('interrupted', { operation });
      const found = failureOf(error);
      const isFull = /no space left on device/i.test(found);
      throw new BundleError(isFull ? 'no-space' : code, {
        operation,
        subject: rest.filter((word) => !word.startsWith('-')).join(', '),
        expected: 'a command that succeeds',
        found,
        hint: isFull
          ? 'Free space in the engine’s data folder (see `docker system df`), then run the command again.'
          : hint,
        cause: error,
      });
    }
  };

  return {
    version: async () => (await found())?.version,

    async config(request, { interpolate, unchecked = false }) {
      const [file = '', ...first] = await find();
      const config = (...flags: string[]): Promise<{ stdout: string }> => {
        const all = [...first, ...globalFlags(request), 'config', '--format', 'json', ...flags];
        return execa(file, all, options);
      };
      try {
        const { stdout } = await config(
          ...(interpolate ? [] : asWritten),
          ...(unchecked ? ['--no-consistency'] : []),
        );
        const document: unknown = outputSchema.parse(JSON.parse(stdout));
        // Compose escapes interpolated values, so that it can read its own output again.
        return interpolate ? mapStrings(document, unescapeDollar) : document;
      } catch (error) {
        throw invalidProject(request, error);
      }
    },

    async build(request, services, onStep, signal) {
      const onLine = (line: string): void => {
        const step = beginningStep(line);
        if (step !== undefined) onStep(step);
      };
      await run(request, ['build', ...services], onLine, signal, {
        operation: 'building',
        code: 'image-build-failed',
        hint: 'Fix the build; `docker compose build` shows all of it.',
      });
    },

    async start(request, onLine, signal) {
      const flags = ['--detach', '--no-build', '--pull', 'never', '--remove-orphans'];
      await run(request, ['up', ...flags], onLine, signal, {
        operation: 'starting the services',
        code: 'start-failed',
        hint: 'See `docker compose logs`.',
      });
    },

    async scaleUp(request, service, containers, onLine, signal) {
      const flags = ['--detach', '--no-build', '--pull', 'never', '--no-deps', '--no-recreate'];
      const scale = ['--scale', `${service}=${containers}`, service];
      await run(request, ['up', ...flags, ...scale], onLine, signal, {
        operation: 'starting new containers beside the running ones',
        code: 'start-failed',
        hint: 'See `docker compose logs`.',
      });
    },

    async stop(request, onLine, signal) {
      await run(request, ['stop'], onLine, signal, { operation: 'stopping the services', ...bad });
    },

    async down(request, { volumes }, onLine, signal) {
      const flags = ['--remove-orphans', ...(volumes ? ['--volumes'] : [])];
      const operation = 'removing the containers';
      await run(request, ['down', ...flags], onLine, signal, { operation, ...bad });
    },

    async logs(request, services, logOptions, onLine, signal) {
      const flags = [...logFlags(logOptions), ...services];
      // Compose 2.26 erases each line before it writes it, and services write colours.
      const plain = (line: string): void => onLine(stripVTControlCharacters(line));
      await run(request, ['logs', ...flags], plain, signal, {
        operation: 'reading the logs',
        ...bad,
      });
    },

    async services(request) {
      const [file = '', ...first] = await find();
      try {
        const flags = [...globalFlags(request), 'config', '--format', 'json'];
        const output = await execa(file, [...first, ...flags], options);
        const document = outputSchema.parse(JSON.parse(output.stdout));
        const { services } = resolvedSchema.parse(document);
        const input = JSON.stringify(document);
        // `config --hash` on the files themselves would ignore the env files. Of services whose profile is not chosen, only the
        // names in an optional `depends_on` are left: not consistent, but no part of the hash.
        const hash = ['config', '--no-consistency', '--hash', '*'];
        const all = [...first, '--file', '-', '--profile', '*', ...hash];
        const { stdout } = await execa(file, all, { env, extendEnv: false, input, cwd: '/' });
        const hashes = new Map(
          stdout.split('\n').map((line): [string, string] => {
            const [service = '', hash = ''] = line.split(' ');
            return [service, hash];
          }),
        );
        return new Map(
          Object.entries(services)
            .map(([name, { scale, deploy }]): [string, WantedService] => {
              const replicas = scale ?? deploy?.replicas ?? 1;
              const startFirst = deploy?.update_config?.order === 'start-first';
              const hash = hashes.get(name) ?? '';
              return [name, { hash, replicas, startFirst, mayEnd: mayEnd(services, name) }];
            })
            .filter(([, { replicas }]) => replicas > 0),
        );
      } catch (error) {
        throw invalidProject(request, error);
      }
    },

    async up(request, services, onLine, signal) {
      const flags = ['up', '--detach', '--no-deps', '--no-build', '--pull', 'never', ...services];
      await run(request, flags, onLine, signal, {
        operation: 'starting',
        code: 'start-failed',
        hint: 'See `docker compose logs` of these services.',
      });
    },
  };
}

const bad = { code: 'engine-failed', hint: 'See the engine’s own log for more.' } as const;

/** Chooses the working folder. A project without files must not use the Compose files of the current folder. */
function place({ files }: ComposeRequest): { readonly cwd?: string } {
  return files.length === 0 ? { cwd: '/' } : {};
}

function logFlags({ tail, follow, since }: LogOptions): string[] {
  return [
    '--no-color',
    ...(tail === undefined ? [] : ['--tail', String(tail)]),
    ...(since === undefined ? [] : ['--since', since]),
    ...(follow === true ? ['--follow'] : []),
  ];
}

function invalidProject({ files }: ComposeRequest, error: unknown): BundleError {
  const words = outputOf(error);
  return new BundleError('compose-invalid', {
    operation: 'reading the Compose project',
    subject: files.join(', '),
    expected: 'a project that docker compose accepts',
    found: words,
    hint: hintFor(words),
    cause: error,
  });
}

/** Replaces `$$` with `$` (Compose specification, interpolation). */
function unescapeDollar(text: string): string {
  return text.replaceAll('$$', '$');
}

/** Keeps variables and relative paths as the files have them, without Compose's own additions. */
const asWritten = ['--no-interpolate', '--no-path-resolution', '--no-normalize'];

function hintFor(words: string): string {
  if (/env file .* not found/i.test(words)) {
    return 'Create that env file first; an empty one is enough, because its values are not packed.';
  }
  if (/container name .* already in use/i.test(words)) {
    return 'Two services of the chosen profiles are alternatives: choose one of their profiles with COMPOSE_PROFILES.';
  }
  const missing = missingValueHint(words);
  if (missing !== undefined) return missing;
  if (/project name must not be empty/i.test(words)) {
    return 'The folder’s name has no letter for a project name: name the application with --name.';
  }
  return 'Fix what docker compose reports; `docker compose config` shows the same error.';
}

function globalFlags({ files, profiles, projectName }: ComposeRequest): string[] {
  return [
    ...(projectName === undefined ? [] : ['--project-name', projectName]),
    ...files.flatMap((file) => ['--file', file]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
  ];
}

/** Progress lines of `--progress plain`; the line of a failed object says `Error` instead. */
const progressLine =
  /^\s*(Container|Network|Volume) \S+ +(Creat|Recreat|Start|Restart|Stop|Remov|Wait|Runn|Healthy)\w*$/;

/** Returns what failed in a build, else the end of the output. */
function failureOf(error: unknown): string {
  const all = error instanceof ExecaError ? error.all : undefined;
  return (typeof all === 'string' ? buildFailure(all) : undefined) ?? outputOf(error);
}

/** Returns the end of the command's output, without warnings and progress if anything else is left. */
function outputOf(error: unknown): string {
  if (!(error instanceof ExecaError)) return reasonOf(error);
  const text = [error.all, error.stderr].find((part) => typeof part === 'string' && part !== '');
  const lines = String(text ?? error.shortMessage)
    .trim()
    .split('\n');
  const words = lines.filter((line) => !/level=warning/.test(line) && !progressLine.test(line));
  return (words.length > 0 ? words : lines).slice(-errorTailLines).join('\n');
}
