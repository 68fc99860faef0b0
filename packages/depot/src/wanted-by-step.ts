import { join, posix } from 'node:path';
import { readTextIfThere } from '@bundle/files';
import { BundleError, reasonOf } from '@bundle/format';
import { type Instruction, type Source, type Step, select } from '@bundle/recipe';
import { ecosystemsOf } from './ecosystems.ts';
import {
  type Wanted,
  wantedByCommand,
  wantedByLock,
  wantedByManifest,
  wantedByRequirements,
} from './missing.ts';

/** A package-lock.json of npm has some 400 bytes for each package. */
const maxListBytes = 64 * 1024 * 1024;

/** The source of a build with the keys of its steps. */
export type SourceWithSteps = Pick<Source, 'context' | 'files' | 'text'> & {
  readonly steps: readonly Step[];
};

/** Lists the packages that a RUN asks for: those it names, and those in the lists that its stage copied before. */
export async function wantedByStep(
  { context, files, text, steps }: SourceWithSteps,
  stage: string,
  instruction: Instruction,
): Promise<Wanted[]> {
  const used = ecosystemsOf(instruction.text);
  const copied = steps.flatMap((step) =>
    step.stage === stage && step.line <= instruction.line && step.context === undefined
      ? [...step.sources]
      : [],
  );
  const lists = copied.length === 0 ? [] : select(files, copied);
  const wanted = [...wantedByCommand(instruction.text)];
  const own = new Set<string>();
  for (const { path, type } of lists) {
    const name = posix.basename(path);
    if (type !== 'file' || path.split('/').includes('node_modules')) continue;
    const read = async (): Promise<string> =>
      (await readTextIfThere(join(context, path), { maxBytes: maxListBytes })) ?? '';
    if (used.includes('npm') && name === 'package.json') {
      const manifest = json(await read(), path);
      own.add(nameOf(manifest));
      wanted.push(...wantedByManifest(manifest));
    } else if (used.includes('npm') && /^(?:package-lock|npm-shrinkwrap)\.json$/.test(name))
      wanted.push(...wantedByLock(json(await read(), path)));
    else if (used.includes('pip') && /^requirements.*\.txt$/.test(name))
      wanted.push(...wantedByRequirements(await read()));
  }
  const isProduction =
    leavesOutDevelopment(instruction.text) || /\bNODE_ENV[= ]"?production/.test(text);
  return wanted.filter(
    ({ ecosystem, name, isForDevelopment }) =>
      used.includes(ecosystem) &&
      !(ecosystem === 'npm' && own.has(name)) &&
      !(isProduction && isForDevelopment === true),
  );
}

function leavesOutDevelopment(text: string): boolean {
  return /--omit[= ]dev\b|--production\b|--prod\b|--only[= ]prod/.test(text);
}

function nameOf(manifest: unknown): string {
  const isNamed = typeof manifest === 'object' && manifest !== null && 'name' in manifest;
  return isNamed ? String(manifest.name) : '';
}

/** Parses JSON as leniently as npm does: with a byte order mark, or with a key twice. */
function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the dependencies in',
      subject: path,
      found: reasonOf(error),
      hint: 'Fix the file.',
    });
  }
}
