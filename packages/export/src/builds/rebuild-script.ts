import { shellWord } from '@bundle/format';
import { type ContextEntry, type Recipe, select } from '@bundle/recipe';
import { scriptBody } from '../bundle/script-body.ts';
import { rebuildSh } from '../bundle/script-texts.ts';

/**
 * Generates `build-cache/rebuild.sh`: the recipes of this bundle as shell functions, then the part common to all
 * bundles. It hands over to the bundle command if there is one, and uses plain docker otherwise.
 */
export function rebuildScript(
  { product, version }: { readonly product: string; readonly version: string },
  recipes: readonly Recipe[],
): string {
  const head = [
    '#!/bin/sh',
    `# Rebuilds images of ${product} ${version} from changed source, without a network. \`sh rebuild.sh --help\` says how.`,
    'set -eu',
    '',
    `product=${shellWord(product)}`,
    `release_version=${shellWord(version)}`,
    `image_count=${recipes.length}`,
  ];
  const names = recipes.map(
    ({ services }, index) => `${index + 1}) echo ${shellWord(services.join(' '))} ;;`,
  );
  const calls = recipes.map((_, index) => `${index + 1}) shift; rebuild_${index + 1} "$@" ;;`);
  return [
    ...head,
    '',
    ...dispatch('services_of', names),
    '',
    ...dispatch('rebuild_image', calls),
    ...recipes.flatMap((recipe, index) => ['', ...recipeFunction(recipe, index + 1)]),
    '',
    scriptBody(rebuildSh),
  ].join('\n');
}

function dispatch(name: string, cases: readonly string[]): string[] {
  return [`${name}() {`, '  case $1 in', ...cases.map((line) => `    ${line}`), '  esac', '}'];
}

function recipeFunction(recipe: Recipe, number: number): string[] {
  const { services, image, context, dockerfile, bases, stages, platform } = recipe;
  const [result, ...before] = stages.toReversed();
  const unnamed = before.find(({ name }) => /^stage-\d+$/.test(name));
  const where = context === '.' ? '$source_dir' : `$source_dir/${shellWord(context)}`;
  const line = [
    `what=${shellWord(services.join(', '))}`,
    `image=${shellWord(image)}`,
    `context=${where}`,
    ...('path' in dockerfile
      ? [`use_dockerfile "$context/"${shellWord(dockerfile.path)}`]
      : ["use_dockerfile_text <<'BUNDLE_END_OF_DOCKERFILE'"]),
  ];
  const text = 'text' in dockerfile ? [dockerfile.text.trimEnd(), 'BUNDLE_END_OF_DOCKERFILE'] : [];
  const rest = [
    ...(unnamed === undefined ? [] : [`refuse_unnamed ${unnamed.name.replace('stage-', '')}`]),
    ...bases.map((base) => `need ${shellWord(base.image)}`),
    ...stages.map((stage) => `need ${shellWord(stage.image)}`),
    ...dependencyFiles(recipe).map(
      ({ path, sha256 = '', mode }) => `same ${shellWord(path)} ${sha256} ${mode.toString(8)}`,
    ),
    'check_changes',
    `set -- --platform ${shellWord(platform)} ${settings(recipe).map(shellWord).join(' ')} "$@"`,
    ...Object.entries(recipe.buildContexts).map(([name, value]) =>
      value.includes('://')
        ? `set -- --build-context ${shellWord(`${name}=${value}`)} "$@"`
        : `set -- --build-context ${shellWord(`${name}=`)}"$source_dir/"${shellWord(value)} "$@"`,
    ),
    ...before
      .toReversed()
      .map(
        (stage) =>
          `stage ${shellWord(stage.name)} ${shellWord(stage.image)} ${stage.manifest} "$@"`,
      ),
    // The last stage in the file needs no name; any other target is named by the Compose file.
    `result ${recipe.target === undefined ? "''" : shellWord(result?.name ?? '')} ${shellWord(result?.image ?? '')} ${result?.manifest ?? ''} "$@"`,
  ];
  const indent = (words: readonly string[]): string[] => words.map((word) => `  ${word}`);
  return [`rebuild_${number}() {`, ...indent(line), ...text, ...indent(rest), '}'];
}

/** Returns the docker build options common to all stages; the caller's options come later and take precedence. */
function settings({
  buildArgs,
  labels,
  extraHosts,
  ulimits,
  network,
  shmSize,
  bases,
}: Recipe): string[] {
  const pairs = (flag: string, record: Readonly<Record<string, string>>): string[] =>
    Object.entries(record).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...pairs('--build-arg', buildArgs),
    ...pairs('--label', labels),
    ...extraHosts.flatMap((host) => ['--add-host', host]),
    ...ulimits.flatMap((limit) => ['--ulimit', limit]),
    ...(network === undefined ? [] : ['--network', network]),
    ...(shmSize === undefined ? [] : ['--shm-size', shmSize]),
    ...bases.flatMap(({ reference, image }) =>
      reference.includes('@') ? ['--build-context', `${reference}=docker-image://${image}`] : [],
    ),
  ];
}

/** Returns the context files used by steps that need a network, and by all steps before those. */
function dependencyFiles({ steps, files }: Recipe): ContextEntry[] {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const counted = new Set<string>();
  const visit = (key: string): void => {
    if (counted.has(key)) return;
    counted.add(key);
    byKey.get(key)?.parents.forEach(visit);
  };
  for (const step of steps) if (step.dependency && !step.afterSource) visit(step.key);
  const found = steps.flatMap(({ key, context, sources }) =>
    counted.has(key) && context === undefined && sources.length > 0 ? select(files, sources) : [],
  );
  const regular = found.filter(({ type }) => type === 'file');
  return [...new Map(regular.map((entry) => [entry.path, entry])).values()];
}
