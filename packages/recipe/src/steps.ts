import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import { isDependencyManifest, usesNetwork } from './dependencies.ts';
import {
  flagValues,
  type Instruction,
  mountOptions,
  type Origin,
  type Stage,
} from './dockerfile.ts';
import type { ContextEntry, Step } from './schema.ts';
import { select } from './select.ts';
import { expand, shellWords, type Variables } from './variables.ts';

export interface StepInputs {
  /** In build order, as returned by `neededStages`. */
  readonly stages: readonly Stage[];
  readonly globals: Variables;
  readonly buildArgs: Variables;
  readonly files: readonly ContextEntry[];
  readonly contextFiles: Readonly<Record<string, readonly ContextEntry[]>>;
  /** Chain ID of each image named in the Dockerfile. */
  readonly chains: Readonly<Record<string, string>>;
}

/** State that a stage passes to the next instruction, and to stages built on it. */
interface State {
  /** Key of the file system so far. */
  readonly fileSystem: string;
  readonly env: Variables;
  readonly args: Variables;
  /** USER and SHELL. */
  readonly settings: string;
  readonly workdir: string;
  /** Whether more of the context than lists of dependencies has been copied in. */
  readonly hasSource: boolean;
}

/**
 * Lists the layer-making steps with keys that change when BuildKit's own cache keys would. The model errs on the side
 * of calling a step changed.
 */
export function stepKeys(inputs: StepInputs): Step[] {
  const ends = new Map<number, State>();
  const steps: Step[] = [];
  for (const stage of inputs.stages) {
    let state = startOf(stage.base, ends, inputs);
    for (const instruction of stage.instructions) {
      const step = stepOf(instruction, stage, state, ends, inputs);
      if (step !== undefined) steps.push(step.step);
      state = step?.state ?? settingsAfter(instruction, state, inputs);
    }
    ends.set(stage.index, state);
  }
  return steps;
}

function startOf(base: Origin, ends: ReadonlyMap<number, State>, inputs: StepInputs): State {
  const parent = base.kind === 'stage' ? ends.get(base.index) : undefined;
  return (
    parent ?? {
      fileSystem: originKey(base, ends, inputs),
      env: {},
      args: {},
      settings: '',
      workdir: '/',
      hasSource: base.kind === 'context',
    }
  );
}

function originKey(
  origin: Origin,
  ends: ReadonlyMap<number, State>,
  { chains, contextFiles }: StepInputs,
): string {
  switch (origin.kind) {
    case 'stage':
      return ends.get(origin.index)?.fileSystem ?? digest('stage', origin.index);
    case 'image':
      return digest('image', chains[origin.reference] ?? origin.reference);
    case 'context':
      return digest('context', contextFiles[origin.name] ?? chains[origin.name] ?? origin.name);
    case 'scratch':
      return digest('scratch');
  }
}

/** Returns the step that an instruction makes and the state after it; undefined where it makes no layer. */
function stepOf(
  instruction: Instruction,
  stage: Stage,
  state: State,
  ends: ReadonlyMap<number, State>,
  inputs: StepInputs,
): { step: Step; state: State } | undefined {
  const { keyword, line, text } = instruction;
  const variables = { ...state.args, ...state.env };
  const uses = stage.uses.filter((use) => use.line === line);
  const made = (fields: {
    inputs: unknown[];
    sources?: readonly string[];
    context?: string | undefined;
    args?: Variables;
    dependency?: boolean;
    hasSource?: boolean;
    workdir?: string;
  }): { step: Step; state: State } => {
    const from = uses.map(({ origin }) => originKey(origin, ends, inputs));
    const parents = [state.fileSystem, ...from];
    const key = digest(keyword, parents, fields.inputs);
    const step: Step = {
      stage: stage.name,
      line,
      text,
      dependency: fields.dependency ?? false,
      afterSource: state.hasSource,
      key,
      parents,
      args: { ...fields.args },
      ...(fields.context === undefined ? {} : { context: fields.context }),
      sources: [...(fields.sources ?? [])],
    };
    const hasSource =
      state.hasSource ||
      fields.hasSource === true ||
      uses.some(({ origin }) => origin.kind === 'stage' && ends.get(origin.index)?.hasSource);
    const workdir = fields.workdir ?? state.workdir;
    return { step, state: { ...state, fileSystem: key, hasSource, workdir } };
  };

  if (keyword === 'WORKDIR') {
    const workdir = posix.resolve(state.workdir, expand(instruction.arguments.trim(), variables));
    return made({ inputs: [workdir], workdir });
  }
  if (keyword === 'RUN') {
    const mounts = flagValues(instruction, 'mount').map(mountOptions);
    const bound = mounts.filter(({ type = 'bind', from }) => type === 'bind' && from === undefined);
    const sources = bound.map(({ source, src }) => expand(source ?? src ?? '.', variables));
    const files = sources.length === 0 ? [] : select(inputs.files, sources);
    const isOffline = flagValues(instruction, 'network').includes('none');
    return made({
      inputs: [
        instruction.flags,
        instruction.arguments,
        variables,
        state.settings,
        state.workdir,
        files,
      ],
      sources,
      args: state.args,
      dependency: !isOffline && (!state.hasSource || usesNetwork(text)),
    });
  }
  if (keyword !== 'COPY' && keyword !== 'ADD') return undefined;
  const words = copyWords(instruction.arguments).map((word) => expand(word, variables));
  const [origin] = uses.map((use) => use.origin);
  const context = origin?.kind === 'context' ? origin.name : undefined;
  const isRemote = words.some((word) => /^(?:https?:\/\/|git@|.*\.git(?:#|$))/.test(word));
  const sources =
    origin === undefined || context !== undefined
      ? words.slice(0, -1).filter((word) => !word.startsWith('<<'))
      : [];
  const entries = context === undefined ? inputs.files : (inputs.contextFiles[context] ?? []);
  const files = sources.length === 0 ? [] : select(entries, sources);
  const isSource = ({ type, path }: ContextEntry): boolean =>
    type !== 'directory' && !isDependencyManifest(path);
  const flags = instruction.flags.map(({ name, value }) => ({
    name,
    value: name === 'from' ? value : expand(value, variables),
  }));
  return made({
    inputs: [flags, words, state.workdir, files],
    sources,
    context,
    // The file is requested each time.
    dependency: keyword === 'ADD' && isRemote,
    hasSource: files.some(isSource),
  });
}

/** Applies an instruction that makes no layer to the state for later instructions. */
function settingsAfter(
  { keyword, arguments: text }: Instruction,
  state: State,
  { buildArgs, globals }: StepInputs,
): State {
  const variables = { ...state.args, ...state.env };
  if (keyword === 'ARG') {
    const args = { ...state.args };
    for (const word of shellWords(text)) {
      const [name = '', ...rest] = word.split('=');
      const fallback = rest.length === 0 ? globals[name] : expand(rest.join('='), variables);
      const value = buildArgs[name] ?? fallback;
      if (value !== undefined) args[name] = value;
    }
    return { ...state, args };
  }
  if (keyword === 'ENV') {
    const isPairs = /^\s*\w+=/.test(text);
    const pairs = isPairs
      ? shellWords(text).map((word) => word.split(/=(.*)/s))
      : [text.trim().split(/\s+(.*)/s)];
    const added = pairs.map(([name = '', value = '']) => [name, expand(value, variables)]);
    return { ...state, env: { ...state.env, ...Object.fromEntries(added) } };
  }
  if (keyword === 'USER' || keyword === 'SHELL')
    return { ...state, settings: `${state.settings}\n${keyword} ${expand(text, variables)}` };
  return state;
}

/** Splits a COPY or ADD into words: its JSON form, or separated by spaces; the body of a here-document stays one word. */
function copyWords(text: string): string[] {
  const [first = '', ...body] = text.split('\n');
  const list = body.length === 0 ? jsonWords(first) : undefined;
  if (list !== undefined) return list;
  const words = shellWords(first);
  // The destination stays last.
  return body.length === 0 ? words : [`<<${body.join('\n')}`, ...words];
}

/** Parses the JSON form; anything but a list of strings is words, as for BuildKit: `[ab].txt` is a pattern. */
function jsonWords(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Tells whether a RUN mounts something; its flags may be on lines of their own. */
export function hasMount({ text }: Pick<Step, 'text'>): boolean {
  return /^RUN(?:\s|\\)+(?:--\S+(?:\s|\\)+)*--mount=/i.test(text);
}

function digest(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
