import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type EngineMessage, messageSchema } from './api.ts';

/** Reads the JSON lines that pull and load answer with; the first error among them is returned. */
export async function readMessages(
  stream: Readable,
  onMessage: (message: EngineMessage) => void,
): Promise<string | undefined> {
  let failure: string | undefined;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const message = messageSchema.parse(JSON.parse(line));
    failure ??= message.error;
    onMessage(message);
  }
  return failure;
}
