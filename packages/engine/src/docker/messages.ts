import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BundleError } from '@bundle/format';
import { type EngineMessage, messageSchema } from './api.ts';

const shownCharacters = 300;

/**
 * Reads the JSON lines that pull and load answer with; the first error among them is returned. Fails with `engine-failed` at
 * a line that is something else.
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
      expected: 'a line of JSON, as Docker tells its progress',
      found: line.slice(0, shownCharacters),
      hint: 'Something between here and the engine may have answered instead, such as a proxy: see what is at its address.',
      cause,
    });
  }
}
