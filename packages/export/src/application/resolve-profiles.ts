import {
  alternatives,
  type ComposeDocument,
  type Lookup,
  mapStrings,
  parseResolved,
  profileNames,
  profilesOf,
  profilesVariable,
  type ResolvedProject,
  readProject,
  tryInterpolate,
} from '@bundle/compose';
import type { ComposeRequest, ComposeTool } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import type { PlannedProfile } from './application.ts';

/** A project with the services of its profiles. */
export interface ResolvedProfiles {
  readonly project: ResolvedProject;
  /** Profiles with which Compose resolves it. */
  readonly profiles: readonly string[];
  /** Whether some services are alternatives, which Compose refuses to check together. */
  readonly unchecked: boolean;
  /** Profiles that Compose refuses together with the others, with its reason. */
  readonly problems: ReadonlyMap<string, string>;
}

export interface ProfileInput {
  readonly tool: ComposeTool;
  readonly request: Omit<ComposeRequest, 'profiles'>;
  /** Profiles named for the export; absent: all. */
  readonly named: readonly string[] | undefined;
  readonly documents: readonly ComposeDocument[];
  readonly lookup: Lookup;
}

/**
 * Resolves a project with all profiles to pack. Those that run here must resolve. Of the others, alternatives are
 * resolved together although they cannot run together, and one that Compose refuses is left out and reported. Fails
 * with `compose-invalid`.
 */
export async function resolveProfiles(input: ProfileInput): Promise<ResolvedProfiles> {
  const { tool, request, named = ['*'], lookup } = input;
  const resolve = async (
    profiles: readonly string[],
    unchecked = false,
  ): Promise<ResolvedProject> => {
    const options = { interpolate: true, ...(unchecked ? { unchecked } : {}) };
    const resolved = await tool.config({ ...request, profiles }, options);
    return parseResolved(resolved, request.files.join(', '));
  };
  const all = await attempt(() => resolve(named));
  if ('value' in all)
    return { project: all.value, profiles: named, unchecked: false, problems: new Map() };
  const here = profileNames(lookup(profilesVariable));
  const together = await attempt(() => resolve(named, true));
  if ('value' in together && alternatives(together.value).size > 0) {
    if (input.named === undefined) await resolve(here);
    return { project: together.value, profiles: named, unchecked: true, problems: new Map() };
  }
  if (input.named !== undefined) throw all.error;
  return oneByOne(input, here, resolve);
}

/** Starts with the profiles that run here, and adds each further one that Compose accepts. */
async function oneByOne(
  { documents, lookup }: ProfileInput,
  here: readonly string[],
  resolve: (profiles: readonly string[]) => Promise<ResolvedProject>,
): Promise<ResolvedProfiles> {
  let project = await resolve(here);
  let profiles = here;
  const problems = new Map<string, string>();
  for (const name of writtenProfiles(documents, lookup)) {
    if (here.includes(name)) continue;
    const more = await attempt(() => resolve([...profiles, name]));
    if ('value' in more) {
      project = more.value;
      profiles = [...profiles, name];
    } else problems.set(name, more.error.details.found ?? '');
  }
  return { project, profiles, unchecked: false, problems };
}

type Attempt<T> = { readonly value: T } | { readonly error: BundleError };

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof BundleError && error.code === 'compose-invalid') return { error };
    throw error;
  }
}

/** Returns all profiles in the files, whether or not they can be resolved. */
function writtenProfiles(documents: readonly ComposeDocument[], lookup: Lookup): string[] {
  const found = documents.flatMap(({ value }) => {
    const project = readProject(mapStrings(value, (text) => tryInterpolate(text, lookup) ?? text));
    return project === undefined ? [] : profilesOf(project).map(({ name }) => name);
  });
  return [...new Set(found)].sort();
}

/**
 * Lists the packed profiles, and which of them start on the other host: those in COMPOSE_PROFILES here, or else those
 * named for the export if they can run together.
 */
export function plannedProfiles(
  { project, problems }: Pick<ResolvedProfiles, 'project' | 'problems'>,
  named: readonly string[] | undefined,
  lookup: Lookup,
): PlannedProfile[] {
  const others = alternatives(project);
  const isAll = named === undefined || named.includes('*');
  const packed = profilesOf(project).filter(({ name }) => isAll || named.includes(name));
  const names = packed.map(({ name }) => name);
  const here = profileNames(lookup(profilesVariable));
  const used = here.includes('*') ? names : names.filter((name) => here.includes(name));
  const chosen = isAll ? [] : names;
  const isClear = !chosen.some((name) => others.get(name)?.some((one) => chosen.includes(one)));
  const started = used.length > 0 ? used : isClear ? chosen : [];
  return [
    ...packed.map(({ name, services }) => ({
      name,
      services,
      started: started.includes(name),
      alternatives: others.get(name) ?? [],
    })),
    ...[...problems].map(([name, problem]) => ({
      name,
      services: [],
      started: false,
      alternatives: [],
      problem,
    })),
  ];
}
