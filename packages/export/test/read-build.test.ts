// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of Dockerfiles
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedBuild } from '../src/application/application.ts';
import { leaveOutTriggered } from '../src/builds/base-triggers.ts';
import { readBuild } from '../src/builds/read-build.ts';
import type { PresentImage } from '../src/images/packed-image.ts';

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

const offline =
  'at each build: add --checksum=sha256:…, a whole commit for git, or put it into the context';

test.each([
  ['FROM a:1\nCOPY --from=$X /a /b', 'line 2 names "$X", which is not an image'],
  ['FROM a:1 AS one\nFROM A_:1', 'line 2 names "A_:1", which is not an image'],
  [
    'FROM a:1\nARG V=1\nADD https://me:pw@b.example/c-$V.tar?x=y /c',
    `line 3 fetches https://b.example/c-1.tar ${offline}`,
  ],
  [
    'FROM a:1\nADD https://b.example/c.git#v1 /c',
    `line 2 fetches https://b.example/c.git#v1 ${offline}`,
  ],
  ['FROM a:1\nADD git@b.example:c /c', `line 2 fetches git@b.example:c ${offline}`],
  [
    'FROM a:1 AS one\nONBUILD COPY x /x\nFROM one',
    'line 3 runs the ONBUILD instructions of one: write them into the stage itself',
  ],
  ['FROM a:1\nCOPY ${A^^} /x', 'line 2 has a variable in a form that is not known: ${A^^} /x'],
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

test.each([
  'FROM a:1 AS unused\nADD https://b.example/c /c\nFROM a:1',
  `FROM a:1\nADD --checksum=sha256:${'0'.repeat(64)} https://b.example/c /c`,
  `FROM a:1\nADD https://b.example/c.git#${'0'.repeat(40)}:d /c`,
  'FROM a:1\nONBUILD COPY x /x',
  "FROM a:1\nCOPY 'a b' ${A:-${B}} /x",
])('the build of %j is captured', async (text) => {
  expect((await read(text)).bases).toHaveLength(1);
});

test('a build on an image with ONBUILD is not captured, and the image is not packed for it', async () => {
  const builds = [await read('FROM a:1'), await read('FROM b:1\nRUN true\nFROM b:1')];
  const image = (reference: string, onBuild: boolean, use?: 'build-base'): PresentImage =>
    ({ planned: { reference, use }, onEngine: onBuild ? { onBuild } : {} }) as PresentImage;
  const images = [
    image('a:1', false, 'build-base'),
    image('b:1', true, 'build-base'),
    image('c:1', true),
  ];
  const left = leaveOutTriggered(builds, images);
  expect(left.builds).toEqual(builds.slice(0, 1));
  expect(left.images.map(({ planned }) => planned.reference)).toEqual(['a:1', 'c:1']);
  expect(left.notCaptured).toEqual([
    {
      services: ['api'],
      reason: 'line 3 runs the ONBUILD instructions of b:1: write them into the stage itself',
    },
  ]);
});
