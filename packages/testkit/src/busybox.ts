import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { docker, type EngineName, onEngine } from './engines.ts';

/** Builds a small image that really runs, without a network: busybox, these files by path, and a command. */
export interface BusyboxImage {
  readonly reference: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

export async function buildBusybox(engine: EngineName, image: BusyboxImage): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'busybox-'));
  try {
    const { stdout } = await onEngine(engine, ['which', 'busybox']);
    await mkdir(join(folder, 'root/bin'), { recursive: true });
    await mkdir(join(folder, 'root/tmp'));
    await copyFile(stdout.trim(), join(folder, 'root/bin/busybox'));
    for (const [path, text] of Object.entries(image.files ?? {})) {
      await mkdir(dirname(join(folder, 'root', path)), { recursive: true });
      await writeFile(join(folder, 'root', path), text);
    }
    const dockerfile = `FROM scratch
COPY root /
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ${JSON.stringify(image.command)}
`;
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    await docker(engine, 'build', '-q', '-t', image.reference, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
