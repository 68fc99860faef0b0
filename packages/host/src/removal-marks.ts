import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '@bundle/engine';
import { z } from 'zod';

// An import and a removal by two state folders do not share a lock. Each leaves a note on the engine before it reads those
// of the other: the import which images it needs, the removal which names it takes. So at least one sees the other.

const markSchema = z.looseObject({ removes: z.array(z.string()) });
const prefix = 'bundle-removal-';

/** A removal takes less than a second after its mark; one that takes longer has died. */
const longestMs = 30_000;
const pauseMs = 50;

/** Marks names of images on the engine as about to be removed, while `work` runs. */
export async function markingRemoval<T>(
  engine: Engine,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  if (names.length === 0) return work();
  const name = `${prefix}${randomUUID()}`;
  await engine.writeNote({ name, text: JSON.stringify({ removes: names }) });
  try {
    return await work();
  } finally {
    await engine.removeNote(name);
  }
}

/** Waits until no removal takes one of these names, and removes marks of removals that died. */
export async function removalsDone(
  engine: Engine,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + longestMs;
  for (;;) {
    const marks = await marksOn(engine, new Set(names));
    if (marks.length === 0) return;
    if (performance.now() >= end) {
      for (const mark of marks) await engine.removeNote(mark);
      return;
    }
    await delay(pauseMs, undefined, { signal });
  }
}

async function marksOn(engine: Engine, names: ReadonlySet<string>): Promise<string[]> {
  const notes = (await engine.listNotes()).filter(({ name }) => name.startsWith(prefix));
  return notes.flatMap(({ name, text }) => {
    const mark = markSchema.safeParse(parsed(text));
    return mark.success && mark.data.removes.some((one) => names.has(one)) ? [name] : [];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a mark of this command.
    return undefined;
  }
}
