import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { docker, exitOf, startOnEngine } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { bigLayer, buildBundle, forms, type TestBundle } from './fixture.ts';

const engines = ['offline-28', 'offline-28-containerd'] as const;

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'registry-engine-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

describe.each(forms.filter((form) => form !== 'tar'))('a bundle served from its %s', (form) => {
  let bundle: TestBundle;
  beforeAll(async () => {
    // The exporter compresses plain layers with zstd; the other image keeps its gzip layer and its index.
    const base = { text: `base of ${form}` };
    bundle = await buildBundle(join(work, `bundle.${form}`), [
      { reference: 'registry-test/api:1.0', layers: [base, { text: `api of ${form}` }] },
      { reference: 'ghcr.io/registry-test/web:2', layers: [bigLayer(4_000_000)], attested: true },
    ]);
  });

  test.each(engines)(
    'is pulled by Docker on %s, which ends up with the same images',
    async (engine) => {
      const serve = join(import.meta.dirname, 'serve.ts');
      const server = startOnEngine(engine, [process.execPath, serve, bundle.path]);
      if (server.stdout === null) throw new Error('no output');
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
      const { value: port } = await lines.next();
      const pulled: [string, number][] = [
        [`127.0.0.1:${port}/registry-test/api:1.0`, 0],
        [`127.0.0.1:${port}/ghcr.io/registry-test/web:2`, 1],
      ];
      const { images: packed } = (await openManifest(bundle.path)).manifest;
      try {
        for (const [reference, index] of pulled) {
          await docker(engine, 'pull', '-q', reference);
          const inspect = (format: string) =>
            docker(engine, 'image', 'inspect', '-f', format, reference);
          const { diffIds, reference: source } = bundle.images[index] ?? {};
          expect(JSON.parse(await inspect('{{json .RootFS.Layers}}'))).toEqual(diffIds);
          const { imageId, topDigest } = packed.find((image) => image.reference === source) ?? {};
          const id = engine.endsWith('containerd') ? topDigest : imageId;
          expect(await inspect('{{.Id}}')).toBe(id);
        }
      } finally {
        for (const [reference] of pulled) await docker(engine, 'rmi', '-f', reference);
        server.kill('SIGTERM');
      }
      const report = JSON.parse((await lines.next()).value ?? '');
      expect(report).toMatchObject({ failed: 0, aborted: 0, dropped: 0 });
      expect(await exitOf(server)).toBe(0);
    },
  );
});
