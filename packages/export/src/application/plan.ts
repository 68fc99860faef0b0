import { basename, dirname, relative } from 'node:path';
import {
  type ComposeDocument,
  checkIncludedValues,
  type EnvFileUse,
  envFileUses,
  includedEnvFiles,
  insideProject,
  invalidCompose,
  isActive,
  isEnvFileName,
  type Lookup,
  type Mount,
  mountsOf,
  type ResolvedProject,
  readDocuments,
  readSettings,
  resolvePlain,
  suggestedName,
  variablesOf,
  type WrittenMount,
  withoutEnvironment,
  writtenMounts,
  writtenVolumes,
} from '@bundle/compose';
import type { ComposeTool } from '@bundle/engine';
import type { Environment } from '@bundle/format';
import { BundleError, defined, paths, productName } from '@bundle/format';
import type {
  ApplicationOptions,
  ApplicationPlan,
  Compared,
  PlannedFile,
  PlannedProfile,
  SourceMount,
} from './application.ts';
import { checkedFiles } from './checked-files.ts';
import { effectiveVariables } from './effective-variables.ts';
import { packedImage, planImages, serviceImage } from './images.ts';
import { composeText, portableCompose } from './merged.ts';
import { nameWarnings } from './name-warnings.ts';
import { offlineOverride } from './offline-override.ts';
import { bundlePathOf, findProjectRoot, isOfProject } from './places.ts';
import { buildArgWarnings, planBuilds } from './plan-builds.ts';
import { envFilePath, planEnvFiles } from './plan-env.ts';
import { labelFiles, planNamedFiles, seccompProfiles, specFiles } from './plan-extra.ts';
import { planMounts } from './plan-mounts.ts';
import { relocatedEnvFiles } from './relocate.ts';
import { plannedProfiles, type ResolvedProfiles, resolveProfiles } from './resolve-profiles.ts';
import { applicationWarnings, placedWarning } from './warnings.ts';

/**
 * Reads a Compose project and decides what to pack. Values of `.env` and env files stay out of the plan; variables only
 * influence image names and the paths of packed files. `compared`: results for mounts that an earlier plan left open.
 */
export async function planApplication(
  options: ApplicationOptions,
  tool: ComposeTool,
  env: Environment,
  compared: ReadonlyMap<SourceMount, Compared> = new Map(),
): Promise<ApplicationPlan> {
  const projectDir = dirname(options.composeFiles[0] ?? '.');
  const own = await readSettings(projectDir, env);
  const documents = await readDocuments(options.composeFiles, own.lookup);
  await checkIncludedValues(documents, own.lookup);
  const settings = await readSettings(projectDir, env, includedEnvFiles(documents, own.lookup));
  const { lookup } = settings;
  const { resolved, project, written, compose } = await resolveCompose(
    options,
    tool,
    documents,
    projectDir,
    lookup,
  );
  const suggested = await suggestion(options, documents, projectDir, lookup);
  const product = checkProduct(options.product ?? suggested ?? project.name, options);
  const profiles = plannedProfiles(resolved, options.profiles, lookup);
  const mounts = mountsOf(project);
  const variables = variablesOf(written);
  const uses = envFileUses(written);
  const root = await findProjectRoot(projectDir, options.projectRoot);
  const fileOf = (use: EnvFileUse): string => envFilePath(use, { projectDir, settings });
  const siteFiles = new Set([...settings.files, ...uses.map(fileOf)]);
  const secrets = new Set(Object.values(project.secrets ?? {}).map((secret) => secret?.file));
  const withheldReason = (file: string): string | undefined => {
    if (secrets.has(file)) return 'a secret: bring it to the offline host by itself';
    const isEnvFile = siteFiles.has(file) || isEnvFileName(basename(file));
    return isEnvFile && !options.withEnv.includes(file) ? envFileReason : undefined;
  };
  const writtenMount = writtenMounts(written, lookup);
  const writtenOf = (mount: Mount): WrittenMount =>
    writtenMount(mount) ?? { source: placeOf(mount, projectDir) };
  const buildContexts = Object.values(project.services).flatMap(
    ({ build }) => build?.context ?? [],
  );
  const mounted = await planMounts(mounts, {
    places: { projectDir, root, buildContexts },
    withheldReason,
    writtenOf,
    lookup,
    isStarted: (service) => isStarted(project, service, profiles),
    include: options.include ?? [],
    exclude: options.exclude ?? [],
    compared: ({ service, target }) =>
      [...compared].find(([one]) => one.service === service && one.target === target)?.[1],
    entriesOf: writtenVolumes(written),
  });
  const envPlan = await planEnvFiles({
    projectDir,
    pathOf: (file) =>
      isOfProject({ projectDir, root }, file) ? bundlePathOf({ projectDir }, file) : undefined,
    uses,
    variables: effectiveVariables(variables, written, mounted.relocated.changed),
    withEnv: options.withEnv,
    profiles,
    settings,
  });
  const named = [
    await planNamedFiles(labelFiles(written), projectDir, withheldReason),
    await planNamedFiles(seccompProfiles(project, projectDir), projectDir, withheldReason),
    await planNamedFiles(
      specFiles(options.extraFiles, options.filesOption),
      projectDir,
      withheldReason,
    ),
  ];
  const override = offlineOverride(
    project,
    product,
    mounted.relocated,
    relocatedEnvFiles(uses, fileOf, { projectDir, root }),
  );

  const ownFiles = [
    compose,
    generated(paths.composeOffline, override, 'keeps Compose offline'),
    envPlan.envExample,
  ];
  const examples = new Set([envPlan.envExample, ...envPlan.files].map(({ path }) => path));
  const others = [
    // An example in a mounted folder is packed once, with the lines that it lacked.
    ...mounted.files.filter(({ path }) => !examples.has(path)),
    ...envPlan.files,
    ...named.flatMap(({ files }) => files),
  ];
  const files = checkedFiles(ownFiles, others);
  const builds = planBuilds(project, projectDir);
  const warnings = [
    ...buildArgWarnings(builds, written),
    ...applicationWarnings(project, mounts, variables, lookup),
    ...envPlan.warnings,
    ...nameWarnings(files, projectDir),
  ];
  return {
    product,
    ...(suggested === undefined ? {} : { composeName: project.name }),
    profiles,
    composeProfiles: resolved.unchecked ? [] : resolved.profiles,
    images: planImages(project, options.extraImages),
    builds,
    files,
    envFiles: envPlan.envFiles,
    toSet: envPlan.toSet,
    leftOut: [...mounted.leftOut, ...envPlan.leftOut],
    mounts: mounted.decisions,
    sourceMounts: mounted.sources.flatMap(({ service: name, source, target }) => {
      const service = project.services[name];
      if (service === undefined) return [];
      const image = packedImage(serviceImage(project.name, name, service), name).reference;
      return [{ service: name, image, source, target }];
    }),
    privateKeys: [
      ...new Set([...mounted.privateKeys, ...named.flatMap(({ privateKeys }) => privateKeys)]),
    ],
    warnings: warnings.map((warning) => placedWarning(warning, documents)),
  };
}

/** Tells whether a service runs here according to the profiles. */
function isStarted(
  { services }: ResolvedProject,
  service: string,
  profiles: readonly PlannedProfile[],
): boolean {
  const started = profiles.filter((one) => one.started).map(({ name }) => name);
  return isActive(services[service] ?? {}, started);
}

const envFileReason = 'an env file: its values stay here unless --with-env names it';

interface ResolvedCompose {
  readonly resolved: ResolvedProfiles;
  /** Without the environment of containers, which may hold values of env files. */
  readonly project: ResolvedProject;
  /** The bundle's docker-compose.yml as data, without interpolation. */
  readonly written: unknown;
  readonly compose: PlannedFile;
}

/** Resolves the project. A single file is packed unchanged; several are merged by the plugin. */
async function resolveCompose(
  { composeFiles, profiles: named, product }: ApplicationOptions,
  tool: ComposeTool,
  documents: readonly ComposeDocument[],
  projectDir: string,
  lookup: Lookup,
): Promise<ResolvedCompose> {
  const request = { files: composeFiles, ...defined({ projectName: product }) };
  const resolved =
    (await tool.version()) === undefined
      ? plain(documents, named, product, lookup)
      : await resolveProfiles({ tool, request, named, documents, lookup });
  if (Object.keys(resolved.project.services).length === 0) {
    throw invalidCompose(composeFiles.join(', '), 'services: no service, or none in the profiles');
  }
  const project = withoutEnvironment(resolved.project);
  const [only, ...more] = documents;
  if (only !== undefined && more.length === 0 && only.references.length === 0) {
    const why = 'your Compose file';
    const compose = { path: paths.compose, content: { file: only.file }, executable: false, why };
    return { resolved, project, written: only.value, compose };
  }
  const { profiles, unchecked } = resolved;
  const options = { interpolate: false, ...(unchecked ? { unchecked } : {}) };
  const merged = await tool.config({ ...request, profiles }, options);
  const written = portableCompose(merged, project, projectDir, lookup);
  const names = documents.map(({ file }) => relative(projectDir, file)).join(', ');
  const compose = generated(paths.compose, composeText(written), `${names}, merged`);
  return { resolved, project, written, compose };
}

/** Resolves the project without the plugin. Nothing is checked then, so alternatives are not a problem. */
function plain(
  documents: readonly ComposeDocument[],
  named: readonly string[] | undefined,
  product: string | undefined,
  lookup: Lookup,
): ResolvedProfiles {
  const profiles = named ?? ['*'];
  const project = resolvePlain(documents, profiles, product, lookup);
  return { project, profiles, unchecked: false, problems: new Map() };
}

/** Suggests a name instead of that of a folder such as `docker`, if none was given. */
async function suggestion(
  { product }: ApplicationOptions,
  documents: readonly ComposeDocument[],
  projectDir: string,
  lookup: Lookup,
): Promise<string | undefined> {
  const isNamed =
    product !== undefined ||
    Boolean(lookup('COMPOSE_PROJECT_NAME')) ||
    documents.some(({ value }) => hasName(value));
  return isNamed ? undefined : suggestedName(projectDir);
}

function hasName(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'name');
}

function checkProduct(product: string, { composeFiles }: ApplicationOptions): string {
  const parsed = productName.safeParse(product);
  if (parsed.success) return parsed.data;
  throw new BundleError('compose-invalid', {
    operation: 'naming the application of',
    subject: composeFiles.join(', '),
    expected: 'a Compose project name: a-z, 0-9, _ and -, at most 63',
    found: JSON.stringify(product),
    hint: 'Name it with --name, or with `name:` in the Compose file.',
  });
}

/** Returns a description without variable values, for a mount that the Compose file does not spell out. */
function placeOf({ kind, source, target }: Mount, projectDir: string): string {
  if (kind === 'volume') return source;
  const inside = insideProject(projectDir, source);
  return inside === undefined ? `what is mounted at ${target}` : `./${inside}`;
}

function generated(path: string, text: string, why: string): PlannedFile {
  return { path, content: { text }, executable: false, why };
}
