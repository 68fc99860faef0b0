import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { ComposeTool, Environment } from '@bundle/engine';
import {
  BundleError,
  type BundleManifest,
  type LeftOut,
  pathProblem,
  paths,
  productName,
  reservedPaths,
  systemErrorCode,
} from '@bundle/format';
import { ioError } from '@bundle/store';
import type { ApplicationOptions, ApplicationPlan, PlannedFile } from '../application.ts';
import { type ComposeDocument, invalid, rawCompose, readDocuments } from './documents.ts';
import { type EnvFileUse, envFileUses, withoutValues } from './env-files.ts';
import { planImages } from './images.ts';
import { mergedCompose } from './merged.ts';
import { insideProject, leftOutReason, type Mount, mountsOf } from './mounts.ts';
import { offlineOverride } from './offline-override.ts';
import { type ComposeProject, projectSchema } from './project.ts';
import { resolvePlain } from './resolve-plain.ts';
import { readSource } from './sources.ts';
import { envExampleText, variablesOf } from './variables.ts';
import { applicationWarnings } from './warnings.ts';

interface Application {
  readonly options: ApplicationOptions;
  readonly tool: ComposeTool;
  readonly projectDir: string;
  readonly documents: readonly ComposeDocument[];
  readonly project: ComposeProject;
}

/** Reads a Compose project and decides all that is packed of it. Values of `.env` stay out of the plan. */
export async function planApplication(
  options: ApplicationOptions,
  tool: ComposeTool,
  env: Environment,
): Promise<ApplicationPlan> {
  const documents = await readDocuments(options.composeFiles);
  const projectDir = dirname(options.composeFiles[0] ?? '.');
  const settings = { ...(await readEnv(join(projectDir, '.env'))), ...env };
  const project = await resolveProject(options, tool, documents, settings);
  const app: Application = { options, tool, projectDir, documents, project };
  const product = options.product ?? project.name;
  checkProduct(product, options);
  const mounts = mountsOf(project);
  const uses = envFileUses(documents);
  const variables = variablesOf(documents.map(({ value }) => value));
  const own = await planMounts(app, mounts);
  const env_ = await planEnvFiles(app, uses);
  const files = [
    await composeFile(app, uses),
    generated(paths.composeOffline, offlineOverride(project, product), 'keeps Compose offline'),
    await envExample(projectDir, envExampleText(variables)),
    ...own.files,
    ...env_.files,
    ...(await planExtra(app)),
  ];
  const isSet = (name: string): boolean => settings[name] !== undefined;
  return {
    product,
    images: planImages(project, options.extraImages),
    files: checkedFiles(files),
    envFiles: env_.envFiles,
    leftOut: own.leftOut,
    warnings: applicationWarnings(project, mounts, documents, variables, isSet, projectDir),
  };
}

async function resolveProject(
  { composeFiles, profiles = ['*'], product }: ApplicationOptions,
  tool: ComposeTool,
  documents: readonly ComposeDocument[],
  settings: Environment,
): Promise<ComposeProject> {
  if ((await tool.version()) === undefined) {
    return resolvePlain(documents, (name) => settings[name]);
  }
  const projectName = product === undefined ? {} : { projectName: product };
  const request = { files: composeFiles, profiles, ...projectName };
  const parsed = projectSchema.safeParse(await tool.config(request, { interpolate: true }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(composeFiles.join(', '), `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function checkProduct(product: string, { composeFiles }: ApplicationOptions): void {
  const parsed = productName.safeParse(product);
  if (parsed.success) return;
  throw new BundleError('compose-invalid', {
    operation: 'naming the application of',
    subject: composeFiles.join(', '),
    expected: 'a Compose project name: a-z, 0-9, _ and -, at most 63',
    found: JSON.stringify(product),
    hint: 'Name it with --product, or with `name:` in the Compose file.',
  });
}

/** The user's own file when it stands alone, else one made of all of them. */
async function composeFile(
  { options, tool, documents, projectDir }: Application,
  uses: readonly EnvFileUse[],
): Promise<PlannedFile> {
  const [only, ...more] = documents;
  const extended = documents.some((d) =>
    Object.values(rawCompose(d).services ?? {}).some(
      (s) => typeof s?.extends === 'object' && s.extends.file !== undefined,
    ),
  );
  const included = documents.some((document) => rawCompose(document).include !== undefined);
  if (only !== undefined && more.length === 0 && !extended && !included) {
    return fromFile(paths.compose, only.file, false, 'your Compose file');
  }
  const request = { files: options.composeFiles, profiles: options.profiles ?? ['*'] };
  const resolved = await tool.config(request, { interpolate: false });
  const names = new Map<string, ReadonlySet<string>>();
  for (const { file } of uses) names.set(file, new Set(Object.keys(await readEnv(file))));
  const text = mergedCompose(resolved, projectDir, uses, (file) => names.get(file) ?? new Set());
  return generated(paths.compose, text, 'your Compose files, merged');
}

async function planMounts(
  { project, projectDir }: Application,
  mounts: readonly Mount[],
): Promise<{ files: PlannedFile[]; leftOut: LeftOut[] }> {
  const contexts = Object.values(project.services).flatMap(({ build }) => build?.context ?? []);
  const files: PlannedFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const mount of mounts) {
    const { facts, files: found } = await readSource(mount.source, projectDir);
    const reason = leftOutReason(mount, facts, projectDir, contexts);
    const inside = insideProject(projectDir, mount.source);
    if (reason !== undefined || inside === undefined) {
      const source = inside === undefined ? mount.source : `./${inside}`;
      leftOut.push({ service: mount.service, source, reason: reason ?? '' });
      continue;
    }
    for (const { file, executable } of found) {
      const path = insideProject(projectDir, file);
      if (path === undefined) continue;
      files.push(fromFile(path, file, executable, `mounted by ${mount.service}`));
    }
  }
  return { files, leftOut };
}

/** Env files as examples, without values; those asked for by name as they are. */
async function planEnvFiles(
  { options, projectDir }: Application,
  uses: readonly EnvFileUse[],
): Promise<{ files: PlannedFile[]; envFiles: BundleManifest['envFiles'] }> {
  const files: PlannedFile[] = [];
  const envFiles = new Map<string, string>();
  for (const file of options.withEnv) {
    const path = insideProject(projectDir, file);
    if (path === undefined) throw outside(file, projectDir);
    files.push(fromFile(path, file, false, 'asked for with its values'));
  }
  for (const { file, document, line } of uses) {
    if (options.withEnv.includes(file)) continue;
    const path = insideProject(projectDir, file);
    if (path === undefined)
      throw invalid(document, `line ${line ?? '?'}: env_file ${file}, outside the project`);
    if (path === '.env' || envFiles.has(path)) continue;
    const example = `${path}.example`;
    envFiles.set(path, example);
    const own = await readIfThere(`${file}.example`);
    const text = own ?? withoutValues((await readIfThere(file)) ?? '');
    files.push(generated(example, text, `names of ${path}, without values`));
  }
  const list = [...envFiles].map(([path, example]) => ({ path, example }));
  return { files, envFiles: list.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

async function planExtra({ options, projectDir }: Application): Promise<PlannedFile[]> {
  const files: PlannedFile[] = [];
  for (const name of options.extraFiles) {
    const source = join(projectDir, name);
    if (insideProject(projectDir, source) === undefined) throw outside(name, projectDir);
    const found = await readSource(source, projectDir);
    if (found.facts.type === 'absent') {
      throw new BundleError('input-unreadable', {
        operation: 'reading the file that the spec names',
        subject: source,
        found: 'no such file',
        hint: 'Mend `files:` in the spec; its paths are relative to the Compose file’s folder.',
      });
    }
    for (const { file, executable } of found.files) {
      const path = insideProject(projectDir, file);
      if (path !== undefined) files.push(fromFile(path, file, executable, 'named by the spec'));
    }
  }
  return files;
}

async function envExample(projectDir: string, text: string): Promise<PlannedFile> {
  for (const name of ['env.example', '.env.example', 'example.env']) {
    const file = join(projectDir, name);
    try {
      await access(file);
      return fromFile(paths.envExample, file, false, 'your own example');
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        throw ioError(error, 'reading', file, 'input-unreadable');
    }
  }
  return generated(paths.envExample, text, 'made from the variables that are used');
}

/** Each path once and safe; the exporter's own names are taken by the exporter only. */
function checkedFiles(files: readonly PlannedFile[]): PlannedFile[] {
  const own = new Set<string>([paths.compose, paths.composeOffline, paths.envExample]);
  const byPath = new Map<string, PlannedFile>();
  for (const file of files) {
    const problem =
      pathProblem(file.path) ??
      (byPath.size >= own.size &&
      reservedPaths.has(file.path) &&
      !isSameFile(byPath.get(file.path), file)
        ? 'the bundle has a file of that name of its own'
        : file.path.startsWith(`${paths.imagesDir}/`)
          ? 'the folder images/ is the bundle’s own'
          : undefined);
    if (problem !== undefined) throw unsafe(file, problem);
    if (!byPath.has(file.path)) byPath.set(file.path, file);
  }
  return [...byPath.values()];
}

function isSameFile(a: PlannedFile | undefined, b: PlannedFile): boolean {
  return (
    a !== undefined &&
    'file' in a.content &&
    'file' in b.content &&
    a.content.file === b.content.file
  );
}

function unsafe({ path, content, why }: PlannedFile, found: string): BundleError {
  return new BundleError('file-unsafe', {
    operation: 'packing',
    subject: 'file' in content ? content.file : path,
    expected: 'a path that every file system and archive can hold',
    found: `${JSON.stringify(path)} (${why}): ${found}`,
    hint: 'Rename the file and the place that names it.',
  });
}

function outside(file: string, projectDir: string): BundleError {
  return new BundleError('file-unsafe', {
    operation: 'packing',
    subject: file,
    expected: `a file inside ${projectDir}`,
    found: 'one outside',
    hint: 'Move it into the project folder.',
  });
}

async function readEnv(file: string): Promise<Record<string, string | undefined>> {
  return { ...parseEnv((await readIfThere(file)) ?? '') };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', file, 'input-unreadable');
  }
}

function fromFile(path: string, file: string, executable: boolean, why: string): PlannedFile {
  return { path, content: { file }, executable, why };
}

function generated(path: string, text: string, why: string): PlannedFile {
  return { path, content: { text }, executable: false, why };
}
