import { BundleError, reasonOf } from '@bundle/format';
import { z } from 'zod';
import type { BuildStep } from './build.ts';

/**
 * One document of `docker buildx build --progress rawjson` (BuildKit's SolveStatus), with only the fields read here.
 */
const statusSchema = z.looseObject({
  vertexes: z
    .array(
      z.looseObject({
        digest: z.string(),
        name: z.string(),
        started: z.string().nullish(),
        completed: z.string().nullish(),
        cached: z.boolean().nullish(),
        error: z.string().nullish(),
      }),
    )
    .nullish(),
  logs: z.array(z.looseObject({ vertex: z.string(), data: z.string() })).nullish(),
});

const logTailLines = 15;
const shownCharacters = 300;

export interface BuildProgress {
  /** Takes one line of buildx output. */
  line(text: string): void;
  /** Returns the finished steps of the Dockerfile, in the order in which they ended. */
  steps(): BuildStep[];
  /** Returns why the build failed: the end of the failed step's output, and buildx's own message. */
  failure(): string;
}

/**
 * Parses buildx output line by line. Some releases write each document on one line, others indent it. Anything else is
 * a message of buildx itself.
 */
export function createBuildProgress(onStep: (step: BuildStep) => void): BuildProgress {
  const vertexes = new Map<string, BuildStep>();
  const logs = new Map<string, string>();
  const failed: string[] = [];
  const words: string[] = [];
  let pending = '';

  const read = (document: string): void => {
    const status = parseStatus(document);
    for (const { vertex, data } of status.logs ?? []) {
      const text = (logs.get(vertex) ?? '') + Buffer.from(data, 'base64').toString('utf8');
      logs.set(
        vertex,
        text
          .split('\n')
          .slice(-logTailLines - 1)
          .join('\n'),
      );
    }
    for (const { digest, name, started, completed, cached, error } of status.vertexes ?? []) {
      if (error && !failed.includes(digest)) failed.push(digest);
      if (!started || !isStep(name)) continue;
      const seconds = completed ? (Date.parse(completed) - Date.parse(started)) / 1000 : 0;
      const state = error ? 'failed' : cached ? 'reused' : completed ? 'run' : 'running';
      // buildx reports the same step again for each input that it tries in the cache key.
      const known = vertexes.get(digest);
      if (known?.state === state && state !== 'run') continue;
      const step: BuildStep = { name, state, seconds: cached ? 0 : seconds };
      vertexes.delete(digest);
      vertexes.set(digest, step);
      onStep(step);
    }
  };

  return {
    line(text) {
      if (pending === '' && !text.startsWith('{')) {
        if (text.trim() !== '') words.push(text);
        return;
      }
      pending += text;
      if (text !== '}' && !(pending === text && text.endsWith('}'))) return;
      const document = pending;
      pending = '';
      read(document);
    },
    steps: () => [...vertexes.values()],
    failure() {
      const tails = failed.flatMap((digest) => (logs.get(digest) ?? '').trim().split('\n'));
      return [...tails, ...words.filter((word) => word.startsWith('ERROR:')).slice(-1)]
        .filter((line) => line !== '')
        .slice(-logTailLines)
        .join('\n');
    },
  };
}

/** Parses one status document. None may be skipped, because the result of a build depends on all of them. */
function parseStatus(document: string): z.output<typeof statusSchema> {
  try {
    return statusSchema.parse(JSON.parse(document));
  } catch (cause) {
    throw new BundleError('engine-failed', {
      operation: 'reading the progress of docker buildx',
      found: `${reasonOf(cause)}, in ${document.slice(0, shownCharacters)}`,
      hint: 'This version of buildx is not supported: use another one, or a newer release of this program.',
      cause,
    });
  }
}

/**
 * Tells whether a vertex is a step: `[2/4] RUN …` and `[stage 2/4] RUN …` are, `[internal] …` is not, and FROM does no
 * work.
 */
function isStep(name: string): boolean {
  return /^\[(?:.+ )?\d+\/\d+\] (?!FROM )/.test(name);
}
