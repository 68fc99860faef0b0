import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Depot } from '@bundle/depot';
import type { BundleManifest } from '@bundle/format';
import { type ContextEntry, neededStages, parseDockerfile, stepKeys } from '@bundle/recipe';
import type { CapturedBuild } from '../src/builds/capture.ts';
import { packageWarnings } from '../src/builds/package-warnings.ts';
import { rebuildReport } from '../src/builds/report.ts';

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'package-warnings-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const depot: Depot = {
  ...{ image: 'api:1', stage: 'app', folder: '0' },
  pip: [{ name: 'flask', version: '3.1', file: 'flask-3.1-py3-none-any.whl' }],
};
const wheel = 'build-cache/packages/0/pip/flask-3.1-py3-none-any.whl';
const manifest = { images: [], files: [{ path: wheel, size: 1, sha256: 'a'.repeat(64) }] };

function captured(text: string): CapturedBuild {
  const file = 'Dockerfile';
  const options = { file, buildArgs: {}, platform: 'linux/amd64', buildContexts: [] };
  const dockerfile = parseDockerfile(text, options);
  const stages = neededStages(dockerfile, undefined, file);
  const files: ContextEntry[] = ['requirements.txt', 'app.py'].map((path) => ({
    ...{ path, type: 'file', mode: 0o644, sha256: 'f'.repeat(64) },
  }));
  const inputs = { stages, globals: {}, buildArgs: {}, files, contextFiles: {}, chains: {} };
  const plan = { image: 'api:1', services: ['api'] };
  const build = { plan, context: work, text, dockerfile, stages, files };
  return { build, steps: stepKeys(inputs), stages: [], unstable: [] } as unknown as CapturedBuild;
}

const warningsOf = (text: string): Promise<string[]> =>
  packageWarnings([captured(text)], [depot], manifest as unknown as BundleManifest);

const install =
  'FROM python AS app\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\n';

test('an export warns of a package that a step asks for and that was not recorded', async () => {
  await writeFile(join(work, 'requirements.txt'), 'flask==3.1\nprivate-thing\n');
  expect(await warningsOf(install)).toEqual([
    'api: line 3 (RUN pip install -r requirements.txt) asks for pip package private-thing, which the export did not record: it cannot run again without a network',
  ]);
});

test('an export warns of a package whose hash is another one than the requirements file wants', async () => {
  const line = (hash: string): string => `flask==3.1 --hash=sha256:${hash.repeat(64)}\n`;
  await writeFile(join(work, 'requirements.txt'), line('a'));
  expect(await warningsOf(install)).toEqual([]);
  await writeFile(join(work, 'requirements.txt'), line('b'));
  expect(await warningsOf(install)).toEqual([
    expect.stringContaining('asks for pip package flask==3.1 with one of its hashes, which'),
  ]);
});

test.each([
  [
    'RUN poetry install',
    'fetches with poetry, which no carried package replaces: write a requirements file (`poetry export`) and install it with pip',
  ],
  [
    'RUN apt-get install -y git && curl -O https://a.test/x',
    'fetches with curl, which no carried package replaces: put it into a RUN of its own',
  ],
])('an export warns of %s, which could not run again', async (run, words) => {
  expect(await warningsOf(`FROM python AS app\n${run}\n`)).toEqual([
    `api: line 2 (${run}) ${words}`,
  ]);
});

test('a download in a RUN of its own needs no advice', async () => {
  expect(await warningsOf('FROM python AS app\nRUN curl -O https://a.test/x\n')).toEqual([]);
});

describe('a step that installs after the source was copied in', () => {
  const text = 'FROM python AS app\nCOPY . .\nRUN /venv/bin/pip install flask\n';
  const reported = async (depots: readonly Depot[] | undefined): Promise<readonly string[]> => {
    const whole = manifest as unknown as BundleManifest;
    const report = await rebuildReport([captured(text)], [], whole, 0, undefined, [], depots);
    return (report.rebuild?.warnings ?? []).filter((one) => one.includes('after the source'));
  };

  test('needs a network at every edit where no packages are carried', async () => {
    await writeFile(join(work, 'requirements.txt'), 'flask==3.1\n');
    expect(await reported(undefined)).toEqual([
      'api: line 3 (RUN /venv/bin/pip install flask) fetches after the source was copied in, so every edit needs a network: move it before',
    ]);
  });

  test('installs the carried packages again at every edit, without a network', async () => {
    expect(await reported([depot])).toEqual([
      'api: line 3 (RUN /venv/bin/pip install flask) fetches after the source was copied in, so every edit installs the carried packages again: move it before',
    ]);
  });
});
