import { BundleError } from '@bundle/format';
import {
  DockerfileParser,
  type Flag,
  type From,
  type Instruction as ParsedInstruction,
} from 'dockerfile-ast';
import { quotedWords, readWord, shellWords, type Variables } from './variables.ts';

/** The origin of a stage or of files that it copies. */
export type Origin =
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'context'; readonly name: string }
  | { readonly kind: 'scratch' };

export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** 1-based. */
  readonly line: number;
  /** As written, from the keyword on. */
  readonly text: string;
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  /** Everything after the flags, continuation lines joined; here-documents are unchanged. */
  readonly arguments: string;
}

export interface Stage {
  readonly index: number;
  /** Its name in lower case, else `stage-INDEX`, as BuildKit shows it. */
  readonly name: string;
  readonly isNamed: boolean;
  /** 1-based last line of its FROM. */
  readonly line: number;
  readonly base: Origin;
  readonly instructions: readonly Instruction[];
  /** Origins named by `COPY --from`, `ADD --from` and `RUN --mount=from=`. */
  readonly uses: readonly { readonly origin: Origin; readonly line: number }[];
}

export interface Dockerfile {
  readonly syntax?: { readonly reference: string; readonly line: number };
  /** Build arguments declared before the first stage, with their values. */
  readonly globals: Variables;
  readonly stages: readonly Stage[];
}

export interface ParseOptions {
  /** For messages. */
  readonly file: string;
  readonly buildArgs: Variables;
  /** `linux/amd64` */
  readonly platform: string;
  /** Names of additional contexts, which replace stages and images of the same name. */
  readonly buildContexts: readonly string[];
}

/** Parses a Dockerfile as BuildKit's own frontend does. Fails with `rebuild-unavailable` and the line. */
export function parseDockerfile(text: string, options: ParseOptions): Dockerfile {
  const parsed = DockerfileParser.parse(text.replaceAll('\r\n', '\n'));
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const directive = parsed.getDirectives().find((one) => one.getName().toLowerCase() === 'syntax');
  const globals: Record<string, string> = { ...platformArgs(options.platform) };
  for (const arg of parsed.getInitialARGs()) {
    for (const word of quotedWords(toInstruction(arg, lines).arguments)) {
      const [name = '', fallback] = word.split(/=(.*)/s);
      const value =
        options.buildArgs[name] ??
        (fallback === undefined ? globals[name] : readWord(fallback, globals));
      if (value === undefined && fallback !== undefined)
        throw invalid(options.file, arg.getRange().start.line + 1, `ARG ${word}`);
      if (value !== undefined) globals[name] = value;
    }
  }
  const stages: Stage[] = [];
  const instructions = parsed.getInstructions();
  const starts = instructions.flatMap((one, index) => (one.getKeyword() === 'FROM' ? [index] : []));
  starts.forEach((start, index) => {
    const from = instructions[start];
    if (from === undefined || !isFrom(from)) return;
    const line = from.getRange().end.line + 1;
    const image = readWord(from.getImage() ?? '', globals);
    if (!image) throw invalid(options.file, line, `FROM ${from.getImage() ?? ''}`);
    const body = instructions
      .slice(start + 1, starts[index + 1])
      .map((one) => toInstruction(one, lines));
    stages.push({
      index,
      name: from.getBuildStage()?.toLowerCase() ?? `stage-${index}`,
      isNamed: from.getBuildStage() !== null,
      line,
      base: originOf(image, stages, options, false),
      instructions: body,
      uses: body.flatMap((one) =>
        fromValues(one).map((value) => ({
          origin: originOf(value, stages, options, true),
          line: one.line,
        })),
      ),
    });
  });
  if (stages.length === 0) throw invalid(options.file, 1, 'no FROM');
  const syntax =
    directive === undefined
      ? {}
      : {
          syntax: {
            reference: directive.getValue(),
            line: directive.getRange().start.line + 1,
          },
        };
  return { ...syntax, globals, stages };
}

/** Lists the stages that a target needs in build order, the target last. Default: the last stage. */
export function neededStages(
  { stages }: Dockerfile,
  target: string | undefined,
  file: string,
): Stage[] {
  const last =
    target === undefined
      ? stages.at(-1)
      : (stages.findLast(({ name }) => name === target.toLowerCase()) ?? stages[indexOf(target)]);
  if (last === undefined) throw invalid(file, 1, `no stage ${target ?? ''}`);
  const needed = new Set<number>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage.index)) return;
    for (const origin of [stage.base, ...stage.uses.map((use) => use.origin)]) {
      const below = origin.kind === 'stage' ? stages[origin.index] : undefined;
      if (below !== undefined) visit(below);
    }
    needed.add(stage.index);
  };
  visit(last);
  return [...needed].flatMap((index) => stages[index] ?? []);
}

/** Lists the images that a build of these stages requests, each once, in order. */
export function externalImages(stages: readonly Stage[]): string[] {
  const origins = stages.flatMap(({ base, uses }) => [base, ...uses.map(({ origin }) => origin)]);
  return [
    ...new Set(origins.flatMap((origin) => (origin.kind === 'image' ? [origin.reference] : []))),
  ];
}

/** Returns the line that names an image. */
export function lineOfImage(stages: readonly Stage[], reference: string): number | undefined {
  return stages
    .flatMap(({ base, line, uses }) => [{ origin: base, line }, ...uses])
    .find(({ origin }) => origin.kind === 'image' && origin.reference === reference)?.line;
}

/**
 * Rewrites a Dockerfile without its `# syntax=` line and with a name for each stage, since only a named stage can be
 * built by itself. Line numbers stay the same.
 */
export function buildableText(text: string, { syntax, stages }: Dockerfile): string {
  const lines = text.split('\n');
  for (const { name, isNamed, line } of stages)
    if (!isNamed) lines[line - 1] = `${lines[line - 1]?.trimEnd()} AS ${name}`;
  if (syntax === undefined) return lines.join('\n');
  const index = syntax.line - 1;
  // A directive counts only before the first ordinary comment, so a following one moves up.
  const other = lines.findIndex((line, at) => at > index && /^\s*#\s*escape\s*=/i.test(line));
  lines[index] = other === -1 ? '#' : (lines[other] ?? '#');
  if (other !== -1) lines[other] = '#';
  return lines.join('\n');
}

export function flagValues({ flags }: Instruction, name: string): string[] {
  return flags.filter((flag) => flag.name === name).map(({ value }) => value);
}

/** Parses `type=bind,from=x` into a map. */
export function mountOptions(value: string): Record<string, string> {
  return Object.fromEntries(
    value.split(',').map((part) => {
      const [key = '', ...rest] = part.split('=');
      return [key.trim().toLowerCase(), rest.join('=')];
    }),
  );
}

function fromValues(instruction: Instruction): string[] {
  const mounts = flagValues(instruction, 'mount').map((value) => mountOptions(value)['from']);
  return [...flagValues(instruction, 'from'), ...mounts.filter((from) => from !== undefined)];
}

function originOf(
  name: string,
  stages: readonly Stage[],
  { buildContexts }: ParseOptions,
  byIndex: boolean,
): Origin {
  const index = indexOf(name);
  if (byIndex && stages[index] !== undefined) return { kind: 'stage', index };
  // It also replaces a stage of that name.
  const context = buildContexts.find((one) => plainName(one) === plainName(name));
  if (context !== undefined) return { kind: 'context', name: context };
  const stage = stages.findLast((one) => one.name === name.toLowerCase());
  if (stage !== undefined && index === -1) return { kind: 'stage', index: stage.index };
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: name };
}

/** Returns a name in the form in which BuildKit looks for additional contexts. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^docker\.io\/(?:library\/)?/, '')
    .replace(/:latest$/, '');
}

function indexOf(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : -1;
}

function isFrom(instruction: ParsedInstruction): instruction is From {
  return instruction.getKeyword() === 'FROM';
}

function toInstruction(one: ParsedInstruction, lines: readonly string[]): Instruction {
  const { start, end } = one.getRange();
  const flags = 'getFlags' in one && typeof one.getFlags === 'function' ? one.getFlags() : [];
  return {
    keyword: one.getKeyword(),
    line: start.line + 1,
    text: lines
      .slice(start.line, end.line + 1)
      .join('\n')
      .trim(),
    flags: flags.map((flag: Flag) => ({
      name: flag.getName(),
      value: shellWords(flag.getValue() ?? '').join(' '),
    })),
    arguments: withoutComments(one.getRawArgumentsContent() ?? ''),
  };
}

/** Joins continuation lines, dropping comment lines between them; here-documents keep every line. */
function withoutComments(text: string): string {
  if (/<<-?['"]?\w/.test(text.split('\n')[0] ?? '')) return text;
  return text
    .split('\n')
    .filter((line, index) => index === 0 || !/^\s*(?:#|$)/.test(line))
    .map((line) => line.replace(/[\\`]\s*$/, ''))
    .join('');
}

/** Arguments that BuildKit predefines when no other platform is requested. */
function platformArgs(platform: string): Record<string, string> {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  return Object.fromEntries(
    ['BUILD', 'TARGET'].flatMap((side) => [
      [`${side}PLATFORM`, platform],
      [`${side}OS`, os],
      [`${side}ARCH`, architecture],
      [`${side}VARIANT`, variant],
    ]),
  );
}

function invalid(file: string, line: number, found: string): BundleError {
  return new BundleError('rebuild-unavailable', {
    operation: 'reading the Dockerfile',
    subject: `${file}, line ${line}`,
    expected: 'stages that each name their base, the target among them',
    found,
    hint: 'Fix the Dockerfile, or the target and the build arguments in the Compose file.',
  });
}
