import { join, resolve } from 'node:path';
import {
  type EnvFileUse,
  envNames,
  insideProject,
  isRequired,
  type Lookup,
  tryInterpolate,
  type Variable,
  withoutValues,
} from '@bundle/compose';
import { readTextIfThere } from '@bundle/files';
import { BundleError, type BundleManifest, type LeftOut, paths } from '@bundle/format';
import type { PlannedFile } from './application.ts';
import { envExampleText } from './env-example.ts';
import type { Warning } from './warnings.ts';

export interface EnvInput {
  readonly projectDir: string;
  readonly uses: readonly EnvFileUse[];
  readonly variables: readonly Variable[];
  /** Absolute paths of the files to pack with their values. */
  readonly withEnv: readonly string[];
  readonly lookup: Lookup;
}

export interface EnvPlan {
  readonly envExample: PlannedFile;
  readonly files: readonly PlannedFile[];
  readonly envFiles: BundleManifest['envFiles'];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Warning[];
}

/** Absolute path of an env file that a service names. */
export function envFilePath(
  { path }: EnvFileUse,
  { projectDir, lookup }: Pick<EnvInput, 'projectDir' | 'lookup'>,
): string {
  return resolve(projectDir, tryInterpolate(path, lookup) ?? path);
}

/** Env files as examples without values, those of `withEnv` as they are, and env.example for `.env`. */
export async function planEnvFiles(input: EnvInput): Promise<EnvPlan> {
  const { projectDir, uses, withEnv } = input;
  const files: PlannedFile[] = [];
  const envFiles = new Map<string, string>();
  const leftOut: LeftOut[] = [];
  const warnings: Warning[] = [];
  for (const file of withEnv) files.push(await withValues(file, projectDir));
  for (const use of uses) {
    const file = envFilePath(use, input);
    const path = insideProject(projectDir, file);
    if (path === undefined) {
      const reason = 'an env file outside the project folder: it has to be on the offline host';
      leftOut.push({ service: use.service, source: use.path, reason });
      const message = `service ${use.service} reads ${use.path}, outside the project folder`;
      warnings.push({ path: ['services', use.service, 'env_file'], message });
    } else if (path === '.env') {
      envFiles.set(path, paths.envExample);
    } else if (!envFiles.has(path) && !withEnv.includes(file)) {
      envFiles.set(path, `${path}.example`);
      files.push(await exampleOf(path, projectDir));
    }
  }
  const isEnvFile = envFiles.has('.env');
  // A variable that has to have a value makes `.env` a file that has to be there.
  if (input.variables.some(isRequired)) envFiles.set('.env', paths.envExample);
  if (withEnv.includes(join(projectDir, '.env'))) envFiles.delete('.env');
  const list = [...envFiles].map(([path, example]) => ({ path, example }));
  return {
    envExample: await envExample(input, isEnvFile),
    files,
    envFiles: list.sort((a, b) => (a.path < b.path ? -1 : 1)),
    leftOut,
    warnings,
  };
}

/** The project's own example byte for byte, else one made from the variables. */
async function envExample(
  { projectDir, variables }: EnvInput,
  isEnvFile: boolean,
): Promise<PlannedFile> {
  const base = { path: paths.envExample, executable: false };
  for (const name of ['env.example', '.env.example']) {
    const file = join(projectDir, name);
    if ((await readTextIfThere(file)) === undefined) continue;
    return { ...base, content: { file }, why: 'your own example' };
  }
  const names = isEnvFile ? envNames((await readTextIfThere(join(projectDir, '.env'))) ?? '') : [];
  const text = envExampleText(variables, names);
  return { ...base, content: { text }, why: 'the variables of your Compose file' };
}

/** The project's own example, else the names of the file. */
async function exampleOf(path: string, projectDir: string): Promise<PlannedFile> {
  const example = `${path}.example`;
  const why = `example of ${path}`;
  const own = join(projectDir, example);
  if ((await readTextIfThere(own)) !== undefined) {
    return { path: example, content: { file: own }, executable: false, why };
  }
  const text = await readTextIfThere(join(projectDir, path));
  const head = text === undefined ? '# There was no such file when the bundle was made.\n' : '';
  const content = { text: `${head}${withoutValues(text ?? '')}` };
  return { path: example, content, executable: false, why: `${why}, without values` };
}

async function withValues(file: string, projectDir: string): Promise<PlannedFile> {
  const path = insideProject(projectDir, file);
  const isThere = path !== undefined && (await readTextIfThere(file)) !== undefined;
  if (isThere) {
    return { path, content: { file }, executable: false, why: 'asked for with its values' };
  }
  throw new BundleError(path === undefined ? 'file-unsafe' : 'input-unreadable', {
    operation: 'packing the env file',
    subject: file,
    expected: `a file in ${projectDir}`,
    found: path === undefined ? 'one outside' : 'no such file',
    hint: 'Check the path; move the file into the project folder if it lies outside.',
  });
}
