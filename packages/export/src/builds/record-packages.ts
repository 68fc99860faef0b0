import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  aptPackages,
  type CarriedPackage,
  type Depot,
  type Ecosystem,
  ecosystems,
  ecosystemsOf,
  folderFor,
  lastLine,
  namesFor,
  npmPackages,
  otherFetch,
  pipPackages,
  placeTools,
  recordedPlace,
  toolsPlace,
  wrapSteps,
} from '@bundle/depot';
import type { BuildTool } from '@bundle/engine';
import { readTextIfThere } from '@bundle/files';
import {
  BundleError,
  type CarriedPackages,
  type OnProgress,
  parseJson,
  paths,
} from '@bundle/format';
import { buildSettings, type Instruction, placeDockerfile, type Stage } from '@bundle/recipe';
import { fileBytes, type HeadFile } from '@bundle/store';
import { textFile } from '../bundle/text-file.ts';
import type { ReadBuild } from './read-build.ts';

export interface RecordOptions {
  /** Absolute path of a folder for the packages; it has to stay until the bundle is written. */
  readonly folder: string;
  /** `linux/amd64` */
  readonly platform: string;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Stage that has only the recorded packages. */
const outputStage = 'bundle-recorded-packages';

/** Packages as files of the bundle, and which of them are for which stage. */
export interface RecordedPackages {
  readonly depots: readonly Depot[];
  readonly files: readonly HeadFile[];
}

/**
 * Runs the dependency steps of each stage again, with a network, and returns what they fetched and the named packages.
 * Nothing of these builds gets into an image.
 */
export async function recordPackages(
  tool: BuildTool,
  builds: readonly ReadBuild[],
  packages: CarriedPackages,
  options: RecordOptions,
): Promise<RecordedPackages> {
  const wanted = ecosystems.filter((one) => packages[one] !== undefined);
  const depots: Depot[] = [];
  const files: HeadFile[] = [];
  for (const build of builds) {
    for (const stage of build.stages) {
      const steps = stepsThatFetch(stage, wanted);
      if (steps.length === 0) continue;
      const folder = String(depots.length);
      const place = join(options.folder, folder);
      await mkdir(place);
      await recordStage(tool, build, stage, steps, { packages, place, options });
      const listed = await listRecorded(place, build);
      depots.push({ image: build.plan.image, stage: stage.name, folder, ...listed.packages });
      for (const path of listed.files)
        files.push({
          path: `${paths.packagesDir}/${folder}/${path}`,
          bytes: await fileBytes(join(place, path)),
          executable: false,
        });
    }
  }
  const used = new Set(ecosystems.filter((one) => depots.some((depot) => depot[one])));
  const idle = wanted.filter((one) => !used.has(one));
  if (idle.length > 0) throw nothingFetched(idle, builds);
  const index = JSON.stringify({ schemaVersion: 1, depots }, null, 1);
  return { depots, files: [textFile(paths.packagesIndex, `${index}\n`), ...files] };
}

function stepsThatFetch({ instructions }: Stage, wanted: readonly Ecosystem[]): Instruction[] {
  return instructions.filter(
    ({ keyword, text }) =>
      keyword === 'RUN' && ecosystemsOf(text).some((ecosystem) => wanted.includes(ecosystem)),
  );
}

async function recordStage(
  tool: BuildTool,
  build: ReadBuild,
  stage: Stage,
  steps: readonly Instruction[],
  {
    packages,
    place,
    options: { platform, onProgress, signal },
  }: {
    readonly packages: CarriedPackages;
    readonly place: string;
    readonly options: RecordOptions;
  },
): Promise<void> {
  const { plan, dockerfile, context, text } = build;
  const detail = `${plan.services.join(', ')}: packages of stage ${stage.name}`;
  onProgress({ phase: 'recording packages', doneBytes: 0, detail });
  const used = new Set(steps.flatMap((step) => ecosystemsOf(step.text)));
  const names: Record<string, string> = {};
  for (const one of used) Object.assign(names, await namesFor(one, packages[one]));
  const tools = await placeTools(names);
  const flags = [`--mount=type=bind,from=bundle-tools,target=${toolsPlace}`];
  const end = Math.max(...steps.map(lastLine));
  const file = await placeDockerfile(context, plan.dockerfile, text, dockerfile, (buildable) => {
    const upTo = buildable.split('\n').slice(0, end).join('\n');
    const wrapped = wrapSteps(
      upTo,
      dockerfile,
      steps.map((instruction, index) => ({
        ...{ stage, instruction, flags },
        above: index === 0 ? folderFor(dockerfile, stage, instruction.line, recordedPlace) : [],
        script: ['record.sh', ecosystemsOf(instruction.text).join(',')],
      })),
    );
    return `${wrapped}\nFROM scratch AS ${outputStage}\nCOPY --from=${stage.name} ${recordedPlace} /\n`;
  });
  try {
    const settings = buildSettings(plan, plan.projectDir);
    await tool.build(
      {
        ...settings,
        buildContexts: { ...settings.buildContexts, 'bundle-tools': tools.path },
        description: detail,
        context,
        dockerfile: file.path,
        target: outputStage,
        secrets: plan.secrets,
        ssh: plan.ssh,
        platform,
        cacheFrom: [],
        inlineCache: false,
        outputFolder: place,
      },
      () => undefined,
      signal,
    );
  } finally {
    await file.remove();
    await tools.remove();
  }
}

interface Recorded {
  readonly packages: Partial<Record<Ecosystem, CarriedPackage[]>>;
  /** Paths below the folder of the record. */
  readonly files: readonly string[];
}

async function listRecorded(place: string, { plan }: ReadBuild): Promise<Recorded> {
  const inFolder = async (name: string): Promise<readonly string[]> =>
    (await readdir(place)).includes(name) ? (await readdir(join(place, name))).sort() : [];
  const textOf = async (path: string): Promise<string> =>
    (await readTextIfThere(join(place, path))) ?? '';
  const [apt, npm, pip] = [await inFolder('apt'), await inFolder('npm'), await inFolder('pip')];
  try {
    const packages = {
      ...(apt.includes('Packages')
        ? { apt: aptPackages(await textOf('apt/Packages'), await textOf('apt/installed')) }
        : {}),
      ...(npm.includes('index.json')
        ? { npm: npmPackages(parseJson(await readFile(join(place, 'npm/index.json')))) }
        : {}),
      ...(pip.some((file) => file.endsWith('.whl'))
        ? { pip: pipPackages(pip, await textOf('pip/installed')) }
        : {}),
    };
    const indexes = [
      ...(packages.apt ? ['apt/Packages'] : []),
      ...(packages.npm ? ['npm/index.json'] : []),
    ];
    const files = ecosystems.flatMap((one) =>
      (packages[one] ?? []).flatMap(({ file }) => (file === undefined ? [] : [`${one}/${file}`])),
    );
    return { packages, files: [...new Set([...indexes, ...files])].sort() };
  } catch (cause) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the recorded packages of',
      subject: plan.services.join(', '),
      expected: 'packages with plain names',
      found: cause instanceof Error ? cause.message : String(cause),
      hint: 'Leave that package manager out of `packages:` in the spec.',
      cause,
    });
  }
}

function nothingFetched(idle: readonly Ecosystem[], builds: readonly ReadBuild[]): BundleError {
  const runs = builds.flatMap(({ stages }) =>
    stages.flatMap(({ instructions }) => instructions.filter(({ keyword }) => keyword === 'RUN')),
  );
  const others = runs.flatMap(({ line, text }) => {
    const other = otherFetch(text);
    return other === undefined ? [] : [{ line, ...other }];
  });
  const [first] = others;
  const found = others.map(({ line, command }) => `line ${line} with ${command}`);
  return new BundleError('spec-invalid', {
    operation: 'looking for the steps that fetch packages',
    expected: `a RUN that installs with ${idle.join(', ')} in a Dockerfile of the application`,
    found: first === undefined ? 'none' : `none, but ${found.join(', ')}`,
    hint:
      first === undefined
        ? `Remove ${idle.join(', ')} from \`packages:\` in the spec.`
        : `Remove ${idle.join(', ')} from \`packages:\` in the spec, or ${first.advice}.`,
  });
}
