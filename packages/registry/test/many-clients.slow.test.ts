import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bigLayer, buildBundle, inFolder } from './fixture.ts';

const clients = 32;

/** Reads a whole blob and returns its digest. */
async function digestFrom(url: string): Promise<string> {
  const [response] = await once(get(url, { agent: false }), 'response');
  const hash = createHash('sha256');
  for await (const chunk of response) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

test('32 clients at once get complete blobs, and the server stays below 250 MB', async () => {
  await inFolder(async (folder) => {
    const { path, images } = await buildBundle(join(folder, 'big.tar'), [
      { reference: 'shop:1', layers: [bigLayer(40_000_000)] },
    ]);
    const [layer = ''] = images[0]?.layerDigests ?? [];
    const server = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), path], {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
      const { value: port } = await lines.next();
      const url = `http://127.0.0.1:${port}/v2/shop/blobs/${layer}`;
      const digests = await Promise.all(Array.from({ length: clients }, () => digestFrom(url)));
      expect(new Set(digests)).toEqual(new Set([layer]));
      server.kill('SIGTERM');
      const report = JSON.parse((await lines.next()).value ?? '');
      expect(report).toMatchObject({ requests: clients, failed: 0, aborted: 0, dropped: 0 });
      expect(report.memoryMb).toBeLessThan(250);
    } finally {
      server.kill('SIGKILL');
    }
  });
});
