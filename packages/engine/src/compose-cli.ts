import { BundleError, type ErrorCode, reasonOf } from '@bundle/format';
import { ExecaError, execa, type Options } from 'execa';
import type { ComposeRequest, ComposeTool } from './compose.ts';
import type { Environment } from './endpoint.ts';
import { lazy } from './lazy.ts';

const errorTailLines = 15;

/** The compose plugin (`docker compose`), or the standalone `docker-compose` of version 2 where there is none. */
export function createComposeTool(choice: {
  readonly dockerHost?: string | undefined;
  readonly dockerConfig?: string | undefined;
  readonly env: Environment;
}): ComposeTool {
  const env = {
    ...choice.env,
    ...(choice.dockerHost === undefined ? {} : { DOCKER_HOST: choice.dockerHost }),
    ...(choice.dockerConfig === undefined ? {} : { DOCKER_CONFIG: choice.dockerConfig }),
    // Reading a project must not fetch anything.
    COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false',
    COMPOSE_EXPERIMENTAL_OCI_REMOTE: 'false',
  };
  const options = { env, extendEnv: false, stdin: 'ignore' } as const satisfies Options;
  const probe = async (): Promise<{ command: readonly string[]; version: string } | undefined> => {
    for (const command of [['docker', 'compose'], ['docker-compose']]) {
      const [file = '', ...first] = command;
      const { failed, stdout } = await execa(file, [...first, 'version', '--short'], {
        ...options,
        reject: false,
      });
      if (!failed && /^v?2|^v?[3-9]/.test(stdout)) return { command, version: stdout.trim() };
    }
    return undefined;
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
      ...options,
      all: true,
      cancelSignal: signal,
    });
    const { operation, code, hint } = failure;
    try {
      for await (const line of child.iterable({ from: 'all' })) onLine(line);
      await child;
    } catch (error) {
      if (signal.aborted) throw new BundleError('interrupted', { operation });
      throw new BundleError(code, {
        operation,
        subject: rest.filter((word) => !word.startsWith('-')).join(', '),
        expected: 'a command that succeeds',
        found: outputOf(error),
        hint,
        cause: error,
      });
    }
  };

  return {
    version: async () => (await found())?.version,

    async config(request, { interpolate }) {
      const [file = '', ...first] = await find();
      const config = (...flags: string[]): Promise<{ stdout: string }> => {
        const all = [...first, ...globalFlags(request), 'config', '--format', 'json', ...flags];
        return execa(file, all, options);
      };
      try {
        const { stdout } = await config(...(interpolate ? [] : asWritten));
        const document: unknown = JSON.parse(stdout);
        return document;
      } catch (error) {
        throw new BundleError('compose-invalid', {
          operation: 'reading the Compose project',
          subject: request.files.join(', '),
          expected: 'a project that docker compose accepts',
          found: outputOf(error),
          hint: hintFor(outputOf(error)),
          cause: error,
        });
      }
    },

    async build(request, services, onLine, signal) {
      await run(request, ['build', ...services], onLine, signal, {
        operation: 'building',
        code: 'image-build-failed',
        hint: 'Mend the build; `docker compose build` shows all of it.',
      });
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

/** Variables, relative paths and what Compose adds by itself stay as the files have them. */
const asWritten = ['--no-interpolate', '--no-path-resolution', '--no-normalize'];

function hintFor(words: string): string {
  if (/env file .* not found/i.test(words)) {
    return 'Make that env file first, an empty one will do: its values are not packed.';
  }
  return 'Mend what docker compose names; `docker compose config` shows the same.';
}

function globalFlags({ files, profiles, projectName }: ComposeRequest): string[] {
  return [
    ...(projectName === undefined ? [] : ['--project-name', projectName]),
    ...files.flatMap((file) => ['--file', file]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
  ];
}

/** The end of what the command said, without its warnings where there is more. */
function outputOf(error: unknown): string {
  if (!(error instanceof ExecaError)) return reasonOf(error);
  const text = [error.all, error.stderr].find((part) => typeof part === 'string' && part !== '');
  const lines = String(text ?? error.shortMessage)
    .trim()
    .split('\n');
  const words = lines.filter((line) => !/level=warning/.test(line));
  return (words.length > 0 ? words : lines).slice(-errorTailLines).join('\n');
}
