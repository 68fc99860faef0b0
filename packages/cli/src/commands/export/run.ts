import { dirname, join, resolve } from 'node:path';
import {
  type BuildTool,
  besideRegistries,
  type ComposeRequest,
  type ComposeTool,
  type Engine,
  openSource,
} from '@bundle/engine';
import { createBuildTool } from '@bundle/engine/build-cli';
import { createComposeTool } from '@bundle/engine/compose-cli';
import {
  type ApplicationPlan,
  checkOwnOutput,
  chooseBuilds,
  exportBundle,
  type KnownHosts,
  LayerCache,
  loadPacking,
  outsideContexts,
  type PackageListing,
  type PaperOptions,
  packagesFolder,
  planApplication,
  previewExport,
  type RuntimeFile,
  readKnownHosts,
  SecretsFound,
} from '@bundle/export';
import {
  BundleError,
  type CarriedPlugin,
  defined,
  type Platform,
  paths,
  shellWord,
} from '@bundle/format';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { findKnownBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { cacheFolder, maxCacheBytes } from '../../shared/folders.ts';
import {
  findRuntimes,
  notOnAll,
  type RuntimeChoice,
  readNotices,
} from '../../shared/programs/executables.ts';
import { findPlugin, haveAll } from '../../shared/programs/plugins.ts';
import { signer, sigstoreSigner } from '../../shared/signer.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { isChinese, t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import { version } from '../../version.ts';
import { putBesideParts } from './beside-parts.ts';
import type { ExportChoice } from './definition.ts';
import { type ExportInput, readExportInput } from './input.ts';
import { chooseOutput, sourceDateEpoch } from './output.ts';
import { checkPlatforms, firstPlatform, isForSeveral, openPlatforms } from './platforms.ts';
import { agreeToKeys } from './private-keys.ts';
import { exportText, listingText, planWords, previewText } from './render.ts';

/** Milliseconds until Compose runs and this process only waits for its answer. */
const composeStarts = 8;

/** What an application brings itself, in place of an engine. */
export interface OwnImages {
  /** Finds the images of a plan. */
  readonly open: (plan: ApplicationPlan) => Promise<Engine>;
  /** Absolute paths of files to pack besides those of the application, and the option that names them. */
  readonly files: readonly string[];
  readonly filesOption: string;
}

/** Runs `bundle export`: finds the application, then previews or packs it. */
export async function runExport(
  context: Context,
  target: string | undefined,
  options: ExportChoice,
  own?: OwnImages,
): Promise<Outcome> {
  const { cwd, signal, onProgress, say, colours, stderrColours } = context;
  const { since, for: inventories = [] } = options;
  const isWhole = since === undefined && inventories.length === 0;
  const epoch = sourceDateEpoch(context.env);
  onProgress({ phase: 'reading the application', doneBytes: 0 });
  const read = await readExportInput(
    target,
    { ...options, product: options.name },
    cwd,
    context.env,
  );
  const input = own === undefined ? read : withFiles(read, own);
  const env = { ...context.env, ...input.environment };
  const tool = createComposeTool({ dockerHost: options.dockerHost, env });
  // Compose and the engine are queried while the application is read; their errors are reported later, in order.
  const { from, plainHttp } = options;
  checkSource(options);
  checkPlatforms(input.platform, own === undefined ? options : { ...options, from: undefined });
  const openOther = (): Promise<Engine> =>
    from === undefined
      ? openChosenEngine(options, env)
      : openSource({ from, platform: firstPlatform(input.platform), plainHttp, env, signal });
  const opening = own === undefined ? openOther() : undefined;
  const asked = [tool.version(), opening?.then((engine) => engine.info())];
  for (const answer of asked) answer?.catch(() => undefined);
  setTimeout(() => void loadPacking(), composeStarts);
  const whole = await planApplication(input.application, tool, env);
  const application = { ...whole, builds: chooseBuilds(whole, input.rebuild) };
  const { output: chosen, format } = chooseOutput(
    options,
    application.product,
    cwd,
    options.split !== undefined,
  );
  const isDefault = options.output === undefined;
  const output = isDefault ? await outsideContexts(chosen, whole.builds) : chosen;
  await checkOwnOutput(output, whole);
  if (output !== chosen) {
    say(
      t`Writing the bundle to ${visible(output)}: inside ${visible(cwd)}, it would end up in the next build.`,
    );
  }
  if (!options.dryRun) await agreeToKeys(whole.privateKeys, input.privateKeys, context);
  const [first, ...further] =
    input.platform !== undefined && isForSeveral(input.platform)
      ? await openPlatforms(input.platform, whole, options, { env, signal })
      : [];
  const opened = first?.source ?? (await (own?.open(whole) ?? opening ?? openOther()));
  const { platform: ownPlatform, runsContainers } = await opened.info();
  const chosenPlatform = first?.platform ?? firstPlatform(input.platform);
  const platform = chosenPlatform ?? ownPlatform;
  const beside = runsContainers
    ? besideRegistries(opened, { platform, plainHttp, env })
    : undefined;
  const engine = beside?.engine ?? opened;
  // Nothing can be pulled into a source or built there.
  const isSource = from !== undefined || own !== undefined;
  const pull = isSource ? 'never' : input.pull;
  const rebuild = !isSource && input.build;
  const known = isWhole
    ? undefined
    : await readKnownHosts(
        since && (await findKnownBundle(resolve(cwd, since))),
        inventories.map((file) => resolve(cwd, file)),
        application.product,
        platform,
        findPartsWith(options, context),
      );
  const words = planWords(application, stderrColours);
  const buildTool = createBuildTool({ dockerHost: options.dockerHost, env });
  if (options.dryRun) {
    const preview = await previewExport(engine, application, {
      pull,
      rebuild,
      platform,
      buildTool,
      allowSecrets: input.allowSecrets,
      signal,
    });
    const text = previewText(preview, output, format, colours);
    return { json: { dryRun: true, output, format, ...preview }, text, words };
  }
  const folder = cacheFolder(options.cache, context);
  const cache =
    folder === undefined
      ? undefined
      : new LayerCache(folder, (problem, reason) =>
          say(
            `${stderrColours.yellow(t`warning:`)} ${problem} in ${visible(folder)}: ${visible(reason)}`,
          ),
        );
  const packers = {
    ...{ tool, buildTool, rebuilds: application.builds.length > 0, known },
    isForSeveral: further.length > 0,
  };
  /** The executable that is packed, if any. */
  let packed: string | undefined;
  const runtimes = async (target: Platform): Promise<RuntimeFile[]> => {
    const files = await programsFor(options.runtime, target, packers, context);
    packed = files.flatMap((file) =>
      'program' in file && file.path === paths.runtime ? file.program : [],
    )[0];
    return files;
  };
  const packing = exportBundle(engine, application, {
    output,
    format,
    force: options.force,
    pull,
    rebuild,
    withSource: input.withSource,
    allowSecrets: input.allowSecrets,
    papers: papersOf(input),
    build: builder(context, tool, input, application.composeProfiles),
    buildTool,
    replan: async (compared) => {
      const again = await planApplication(input.application, tool, env, compared);
      const keys = again.privateKeys.filter((key) => !whole.privateKeys.includes(key));
      await agreeToKeys(keys, input.privateKeys, context);
      return { ...again, builds: application.builds };
    },
    ...defined({
      packages: input.packages,
      version: input.version,
      channel: input.channel,
      sequence: input.sequence,
      platform: chosenPlatform,
      further: further.length === 0 ? undefined : further,
      referrers: options.referrers,
      take: beside?.take,
      runtimes,
      known,
      // The cache is on a disk with room; an output may be on a slow medium.
      deltas: options.delta ? join(folder ?? dirname(output), 'deltas') : undefined,
      cache,
      sbom: options.sbom === true ? await packageListing(folder) : undefined,
      partBytes: options.split,
      sourceDateEpoch: epoch,
      sign: options.sign && signer(options.sign, context),
    }),
    onProgress,
    signal,
  });
  const report = await packing.catch(secretsOnly);
  if (report instanceof SecretsFound) {
    return { json: { secrets: report.findings }, text: '', words, error: report };
  }
  await cache?.trim(maxCacheBytes);
  const command =
    options.split === undefined || packed === undefined
      ? undefined
      : await putBesideParts(packed, report.output);
  const sealed =
    options.sigstoreKey === undefined
      ? undefined
      : await signForCosign(report.output, options.sigstoreKey, context);
  const { unsigned, ...rest } = report;
  const { toSet, profiles, warnings, composeName } = application;
  const json = {
    ...rest,
    format,
    ...defined({ composeName, command, sigstore: sealed?.file }),
    profiles,
    toSet,
    warnings,
  };
  const keyOption = `--key ${shellWord(options.sign?.[0] ?? 'KEY')}`;
  const error = (unsigned && unsignedError(unsigned, report.output, keyOption)) ?? sealed?.error;
  // What an image has may have decided about a mount since.
  const { leftOut } = report.manifest;
  const text = exportText({ ...report, command }, { ...application, leftOut }, format, colours);
  const said = [words, listingText(report) ?? '', sealed?.words ?? '']
    .filter((part) => part !== '')
    .join('\n');
  return { json, text, words: said, ...(error === undefined ? {} : { error }) };
}

/** Says how packages are listed. Only an export that lists them loads what reads them. */
async function packageListing(cache: string | undefined): Promise<PackageListing> {
  const { memoryCache, recordCache } = await import('@bundle/sbom');
  const records = cache === undefined ? memoryCache() : recordCache(packagesFolder(cache));
  return { records, tool: { name: 'offline-bundle', version } };
}

function withFiles(input: ExportInput, { files, filesOption }: OwnImages): ExportInput {
  const extraFiles = [...input.application.extraFiles, ...files];
  return { ...input, application: { ...input.application, extraFiles, filesOption } };
}

/** Both languages are the default where the person who exports reads Chinese. */
function papersOf({ papers }: ExportInput): PaperOptions {
  const { language = isChinese() ? 'both' : 'en', ...said } = papers;
  return { language, ...defined(said) };
}

/** Refuses what needs an engine where the images come from elsewhere. */
function checkSource({ from, engine, dockerHost, pull, build, referrers }: ExportChoice): void {
  if (referrers === true && from !== 'registry')
    throw usageError('the command line', '--referrers with --from registry', '--referrers');
  if (from === undefined) return;
  const given = Object.entries({
    '--engine': engine,
    '--docker-host': dockerHost,
    '--pull': pull,
    '--build': build,
  }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw usageError('the command line', `--from or ${given[0]}`, `--from ${from} and ${given[0]}`);
}

/** Returns the error that lists secrets, for --json; fails with any other. */
function secretsOnly(error: unknown): SecretsFound {
  if (error instanceof SecretsFound) return error;
  throw error;
}

function unsignedError(
  { code, details }: BundleError,
  output: string,
  keyOption: string,
): BundleError {
  const command = `bundle sign ${shellWord(output)} ${keyOption}`;
  const hint = `${details.hint ?? ''} The bundle is complete but not signed; to sign it: \`${command}\``;
  return new BundleError(code, { ...details, hint: hint.trim() });
}

/** Signs the finished bundle in Sigstore's form; returns the file with the signature, or why there is none. */
async function signForCosign(
  bundle: string,
  key: string,
  context: Context,
): Promise<{ file?: string; words?: string; error?: BundleError }> {
  const { signBundle } = await import('@bundle/sign');
  context.endProgress();
  const { env, signal } = context;
  try {
    const { file } = await signBundle({ bundle, env, signal, ...sigstoreSigner(key, context) });
    if (file === bundle) return { file };
    return {
      file,
      words: t`The signature is in ${visible(file)}: copy it together with the bundle.`,
    };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { error: unsignedError(error, bundle, `--sigstore-key ${shellWord(key)}`) };
  }
}

/**
 * Finds the programs to pack: this command, the Compose plugin of this host, and buildx where images can be rebuilt;
 * none that all target hosts have. Hosts of an incremental bundle have a command, so it is packed only when asked for.
 */
async function programsFor(
  choice: RuntimeChoice | false | undefined,
  platform: Platform,
  { tool, buildTool, rebuilds, known, isForSeveral }: Packers,
  context: Context,
): Promise<RuntimeFile[]> {
  const hosts = known?.programs;
  if (choice === false || (choice === undefined && known !== undefined && hosts === undefined))
    return [];
  const own =
    choice === undefined && known !== undefined
      ? []
      : await findRuntimes(choice ?? 'platform', platform, context);
  const isMissing = (plugin: CarriedPlugin): boolean =>
    hosts === undefined || !haveAll(hosts, plugin);
  // Side by side: a plugin that was not packed before takes seconds.
  const plugins = await Promise.all([
    isMissing('compose') && !isForSeveral
      ? tool.version().then((version) => findPlugin('compose', version, platform, context))
      : undefined,
    rebuilds && isMissing('buildx') && !isForSeveral
      ? buildTool.version().then((version) => findPlugin('buildx', version, platform, context))
      : undefined,
  ]);
  const carried = plugins.filter((plugin) => plugin !== undefined);
  if (isForSeveral) {
    context.say(
      'warning: a bundle for several platforms carries no Compose plugin: its hosts need their own',
    );
  } else if (isMissing('compose') && plugins[0] === undefined) {
    context.say(
      t`warning: the bundle carries no Compose plugin, because this machine has none for the offline host: that host needs its own`,
    );
  }
  if (own.length === 0 && carried.length === 0) return [];
  const files = [...own, ...carried, await readNotices()];
  return hosts === undefined ? files : notOnAll(files, hosts);
}

interface Packers {
  readonly tool: ComposeTool;
  readonly buildTool: BuildTool;
  /** Whether the bundle carries what rebuilds need. */
  readonly rebuilds: boolean;
  readonly known: KnownHosts | undefined;
  /** Plugins are packed for one platform only. */
  readonly isForSeveral: boolean;
}

/** Builds with the Compose plugin, showing each step. */
function builder(
  { signal, onProgress }: Context,
  tool: ComposeTool,
  { application: { composeFiles, product } }: ExportInput,
  profiles: readonly string[],
): (services: readonly string[]) => Promise<void> {
  const request: ComposeRequest = {
    files: composeFiles,
    profiles,
    ...defined({ projectName: product }),
  };
  return async (services) => {
    const show = (detail: string): void =>
      onProgress({ phase: 'building images', doneBytes: 0, detail });
    show(services.join(', '));
    await tool.build(request, services, show, signal);
  };
}
