import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleManifest } from '@bundle/format';
import { plannedProject, refuseFiles, swarmLimits } from '../src/index.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'refuse-files-')), 'release');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const limit = { configs: 1_024_000, secrets: 512_000 } as const;
const managers = (...versions: string[]) =>
  versions.map((version) => ({ isManager: true, version }));

/** Checks a service that uses the file `./one` as a config or secret; `sizes`: files of the bundle. */
async function check(
  definition: string,
  sizes: Readonly<Record<string, number>>,
  kind: keyof typeof limit = 'configs',
  profiles = '[]',
  limits = swarmLimits(managers('28.5.2+dfsg1')),
): Promise<void> {
  const service = `{ image: a, ${kind}: [key], profiles: ${profiles} }`;
  const text = `services: { web: ${service} }\n${kind}: { key: ${definition} }\n`;
  const files = Object.entries(sizes).map(([path, size]) => ({ path, size }));
  const project = plannedProject(text, () => undefined);
  if (project === undefined) throw new Error(`not a Compose file: ${text}`);
  await refuseFiles(project, { folder, manifest: { files } as unknown as BundleManifest }, limits);
}

test.each(['configs', 'secrets'] as const)(
  'a file of %s that Swarm cannot take is found while it is still in the bundle',
  async (kind) => {
    for (const size of [1, limit[kind] - 1]) await check('{ file: ./one }', { one: size }, kind);
    for (const size of [0, limit[kind]])
      await expect(check('{ file: ./one }', { one: size }, kind)).rejects.toMatchObject({
        code: 'compose-invalid',
        details: { subject: 'key', found: `${size} bytes in ./one` },
      });
  },
);

test('a config that a manager before Docker 20.10.15 does not take is refused, whichever manager leads now', async () => {
  const withManagers = (...versions: string[]) =>
    check('{ file: ./one }', { one: 600_000 }, 'configs', '[]', swarmLimits(managers(...versions)));
  await withManagers('20.10.24+dfsg1', '23.0.0');
  await expect(withManagers('28.5.2+dfsg1', '20.10.14')).rejects.toMatchObject({
    code: 'compose-invalid',
    details: { expected: 'a file of 1 to 511999 bytes', found: '600000 bytes in ./one' },
  });
  expect(swarmLimits([{ isManager: false, version: '20.10.14' }])).toEqual(limit);
  expect(swarmLimits([{ isManager: true, version: undefined }])).toEqual(limit);
});

test('a file that is on this host counts as it is here', async () => {
  await mkdir(folder);
  await writeFile(join(folder, 'one'), '');
  const found = { details: { found: '0 bytes in ./one' } };
  await expect(check('{ file: ./one }', { one: 5 })).rejects.toMatchObject(found);
  await truncate(join(folder, 'one'), limit.configs);
  await expect(check(`{ file: ${folder}/one }`, {})).rejects.toMatchObject({
    details: { found: expect.stringContaining('1024000 bytes') },
  });
});

test('content in the Compose file is refused, and what is outside of the stack is not', async () => {
  await expect(check('{ content: x }', {})).rejects.toMatchObject({ code: 'compose-invalid' });
  await check('{ external: true }', {});
});

test('a file that is not known yet, or that no service of this start uses, is left to the start', async () => {
  await check(`{ file: "\${FILE}" }`, { one: 0 });
  await check('{ file: ./other }', { one: 0 });
  await check('{ file: ./one }', { one: 0 }, 'configs', '[later]');
});
