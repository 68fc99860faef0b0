import type { HeadFile } from '@bundle/store';

export function textFile(path: string, text: string): HeadFile {
  return { path, bytes: Buffer.from(text), executable: false };
}

export function scriptFile(path: string, text: string): HeadFile {
  return { ...textFile(path, text), executable: true };
}
