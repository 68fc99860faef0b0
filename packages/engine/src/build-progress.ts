import { BundleError, reasonOf } from '@bundle/format';
import { z } from 'zod';
import type { BuildStep } from './build.ts';

/** One document of `docker buildx build --progress rawjson` (BuildKit's SolveStatus): only what is read here. */
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
  /** A line of what buildx writes. */
  line(text: string): void;
  /** The steps of the Dockerfile that have ended, in that order. */
  steps(): BuildStep[];
  /** Why it failed: the end of the failed step's own output, and what buildx said itself. */
  failure(): string;
}

/**
 * Reads what buildx writes, line by line; some releases write a document on one line, others indent it. Anything
 * else is buildx' own text.
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
      // The same step is told again for each input that its cache key is tried with.
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

/** What a build did follows from all of it, so none of it may be passed over. */
function parseStatus(document: string): z.output<typeof statusSchema> {
  try {
    return statusSchema.parse(JSON.parse(document));
  } catch (cause) {
    throw new BundleError('engine-failed', {
      operation: 'reading the progress of docker buildx',
      found: `${reasonOf(cause)}, in ${document.slice(0, shownCharacters)}`,
      hint: 'This version of buildx is not known here: use another one, or a newer release of this program.',
      cause,
    });
  }
}

/** Steps are `[2/4] RUN …` and `[stage 2/4] RUN …`; `[internal] …` is not a step, and FROM makes nothing. */
function isStep(name: string): boolean {
  return /^\[(?:.+ )?\d+\/\d+\] (?!FROM )/.test(name);
}
