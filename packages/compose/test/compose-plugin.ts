import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EngineName, engineEnv } from '@bundle/testkit';

const run = promisify(execFile);

/** Variables by name; undefined if Compose refuses the file. */
export type Reading = Readonly<Record<string, string>> | undefined;

/** The real Compose plugin as a reader of env files. */
export interface ComposePlugin {
  readonly version: string;
  /** Reads each text as the `env_file:` of a service. */
  envFiles(texts: readonly string[]): Promise<Reading[]>;
  /** Reads a text as `.env`: returns the values of `${NAME}` in the Compose file, without those that are not set. */
  dotEnv(text: string, names: readonly string[]): Promise<Reading>;
  /** Returns the environment of the only service in a Compose file; `files` are beside it. */
  environmentOf(compose: string, files: Readonly<Record<string, string>>): Promise<Reading>;
}

/** Returns the plugin of an engine with only these variables in its environment; it needs no running engine. */
export async function composePlugin(
  engine: EngineName,
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<ComposePlugin> {
  const { DOCKER_CONFIG = '' } = await engineEnv(engine);
  const plugin = join(DOCKER_CONFIG, 'cli-plugins/docker-compose');
  const env = { PATH: '/usr/bin:/bin', HOME: folder, ...variables };
  const { stdout: version } = await run(plugin, ['version', '--short'], { env });
  let count = 0;

  const newFolder = async (): Promise<string> => {
    const path = join(folder, `case-${count++}`);
    await mkdir(path);
    return path;
  };
  const config = async (path: string): Promise<ResolvedServices> => {
    const args = ['--project-directory', path, '-f', join(path, 'compose.yaml')];
    const { stdout } = await run(plugin, [...args, 'config', '--format', 'json'], {
      env,
      maxBuffer: 1 << 28,
    });
    // The output is a Compose file again, so every dollar sign in it is doubled.
    return JSON.parse(stdout.replaceAll('$$', '$')).services;
  };
  const environmentOf: ComposePlugin['environmentOf'] = async (compose, files) => {
    const path = await newFolder();
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    await writeFile(join(path, 'compose.yaml'), compose);
    const [service] = Object.values((await config(path).catch(refused)) ?? {});
    return service && (service.environment ?? {});
  };
  const envFiles = async (texts: readonly string[]): Promise<Reading[]> => {
    const path = await newFolder();
    const services = texts.map((_, at) => `  s${at}: {image: x, env_file: ${at}.env}\n`);
    await Promise.all(texts.map((text, at) => writeFile(join(path, `${at}.env`), text)));
    await writeFile(join(path, 'compose.yaml'), `services:\n${services.join('')}`);
    const read = await config(path).catch(refused);
    if (read !== undefined) return texts.map((_, at) => read[`s${at}`]?.environment ?? {});
    if (texts.length === 1) return [undefined];
    // A single refused text fails the whole run.
    const half = Math.ceil(texts.length / 2);
    return [...(await envFiles(texts.slice(0, half))), ...(await envFiles(texts.slice(half)))];
  };
  const dotEnv: ComposePlugin['dotEnv'] = async (text, names) => {
    const unset = 'not set, as a rule';
    const lines = names.map((name) => `      ${name}: "\${${name}-${unset}}"\n`);
    const compose = `services:\n  a:\n    image: x\n    environment:\n${lines.join('')}`;
    const read = await environmentOf(compose, { '.env': text });
    return read && Object.fromEntries(Object.entries(read).filter(([, value]) => value !== unset));
  };
  return { version: version.trim(), envFiles, dotEnv, environmentOf };
}

type ResolvedServices = Readonly<Record<string, { environment?: Record<string, string> }>>;

/** Checks that Compose refused an env file; any other error is a fault of the test. */
function refused(error: unknown): undefined {
  if (/line \d+: |Invalid template|required variable|zero length string/.test(String(error)))
    return;
  throw error;
}

/** Runs as many at once as is useful on a small machine. */
export async function each<In, Out>(
  inputs: readonly In[],
  work: (input: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const queue = inputs.entries();
  const worker = async (): Promise<void> => {
    for (const [at, input] of queue) results[at] = await work(input);
  };
  await Promise.all([worker(), worker(), worker()]);
  return results;
}
