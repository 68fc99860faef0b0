import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedBuild } from '../src/application/application.ts';
import { readBuild } from '../src/builds/read-build.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'read-build-'));
});
afterEach(() => rm(work, { recursive: true }));

const read = (text: string, buildContexts: Record<string, string> = {}) => {
  const plan: PlannedBuild = {
    services: ['api'],
    image: 'shop/api:1',
    projectDir: work,
    context: '.',
    dockerfile: { text },
    buildArgs: {},
    labels: {},
    buildContexts,
    extraHosts: [],
    ulimits: [],
    secrets: [],
    ssh: [],
  };
  return readBuild(plan, 'linux/amd64');
};

test.each([
  ['FROM a:1\nCOPY --from=$X /a /b', 'line 2 names "$X", which is not an image'],
  ['FROM a:1 AS one\nFROM A_:1', 'line 2 names "A_:1", which is not an image'],
])('the build of %j is not captured, and does not end the export', async (text, found) => {
  const details = expect.objectContaining({ found });
  await expect(read(text)).rejects.toMatchObject({ code: 'rebuild-unavailable', details });
});

test('neither is one whose additional context is not an image', async () => {
  const found = 'an additional context names "A_", which is not an image';
  await expect(read('FROM a:1', { other: 'docker-image://A_' })).rejects.toMatchObject({
    code: 'rebuild-unavailable',
    details: { found },
  });
});
