import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BundleError } from '@bundle/format';
import { z } from 'zod';

/** One JSON line of the progress of a pull or load. */
const messageSchema = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z
    .looseObject({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
});
export type EngineMessage = z.output<typeof messageSchema>;

const shownCharacters = 300;

/**
 * Reads the JSON lines that pull and load send, and returns the first error among them. Fails with `engine-failed` at
 * any other line.
 */
export async function readMessages(
  stream: Readable,
  onMessage: (message: EngineMessage) => void,
): Promise<string | undefined> {
  let failure: string | undefined;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const message = parseMessage(line);
    failure ??= message.error;
    onMessage(message);
  }
  return failure;
}

function parseMessage(line: string): EngineMessage {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new BundleError('engine-failed', {
      operation: 'reading the engine’s answer',
      expected: 'a line of JSON with Docker’s progress',
      found: line.slice(0, shownCharacters),
      hint: 'Something between this host and the engine, such as a proxy, may have answered instead: check what is at its address.',
      cause,
    });
  }
}
