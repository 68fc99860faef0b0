import {
  aptPackages,
  type Depot,
  depotsSchema,
  ecosystemsOf,
  folderFor,
  isServedBy,
  missingPackages,
  npmPackages,
  otherFetch,
  pipPackages,
  wantedByCommand,
  wantedByLock,
  wantedByManifest,
  wantedByRequirements,
  wrapSteps,
} from '@bundle/depot';
import { parseDockerfile } from '@bundle/recipe';

const depot: Depot = {
  image: 'shop:1',
  stage: 'app',
  folder: '0',
  npm: [
    { name: 'express', version: '5.1.0', file: 'express-5.1.0.tgz' },
    { name: '@types/node', version: '20.0.0', file: '@types+node-20.0.0.tgz' },
  ],
  pip: [
    {
      name: 'typing-extensions',
      version: '4.12.0',
      file: 'typing_extensions-4.12.0-py3-none-any.whl',
    },
  ],
  apt: [
    { name: 'mawk', version: '1.3.4-1', file: 'mawk_1.3.4-1_amd64.deb', provides: ['awk'] },
    { name: 'tzdata', version: '2024a-0' },
  ],
};

const wheelDigest = 'a'.repeat(64);
const digestOf = (path: string): string | undefined =>
  path === 'pip/typing_extensions-4.12.0-py3-none-any.whl' ? wheelDigest : undefined;

test.each([
  ['RUN apt-get update && apt-get install -y python3-pip', ['apt']],
  ['RUN pip3 install --no-cache-dir -r requirements.txt', ['pip']],
  ['RUN python3 -m pip install flask', ['pip']],
  ['RUN /venv/bin/pip install flask', ['pip']],
  ['RUN uv pip install flask', ['pip']],
  ['RUN uv sync', []],
  ['RUN npm ci', ['npm']],
  ['RUN apt-get install -y npm && npm ci && pip install x', ['apt', 'npm', 'pip']],
  ['RUN sed s/a/b/ list | xargs apt-get install', ['apt']],
  ['RUN npm run build', []],
  ['RUN cargo fetch', []],
])('%s fetches with %j', (text, expected) => {
  expect(ecosystemsOf(text)).toEqual(expected);
});

test.each([
  ['RUN apt-get install -y curl git && curl https://a.test/x', 'curl'],
  ['RUN apt-get install -y curl git wget', undefined],
  ['RUN git clone https://a.test/x && npm ci', 'git clone'],
  ['RUN apk add git && npm ci', 'apk'],
  ['RUN pip install poetry && poetry install', 'poetry'],
  ['RUN pip install poetry pdm', undefined],
  ['RUN uv  sync --frozen', 'uv sync'],
  ['RUN uv add flask', 'uv add'],
  ['RUN uv pip install flask', undefined],
  ['RUN corepack enable && pnpm install', 'corepack'],
])('%s also fetches with %s, which no carried package replaces', (text, expected) => {
  expect(otherFetch(text)?.command).toBe(expected);
});

test('what to write instead of a package manager that is not carried is said', () => {
  expect(otherFetch('RUN uv sync')).toEqual({
    command: 'uv sync',
    instead: 'pip',
    advice: 'write a requirements file (`uv export`) and install it with pip',
  });
});

test.each([
  ['RUN /venv/bin/pip install flask', { pip: [] }, true],
  ['RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt', { pip: [] }, true],
  ['RUN uv pip install --system flask', { pip: [] }, true],
  ['RUN uv sync', { pip: [] }, false],
  ['RUN apt-get install -y gcc && pip install flask', { pip: [] }, false],
  ['RUN pip install flask && curl https://a.test/x', { pip: [] }, false],
  ['RUN make', { pip: [] }, false],
])('%s is served by carried packages %j: %s', (text, carried, expected) => {
  expect(isServedBy(text, carried)).toBe(expected);
});

test.each([
  ['RUN apt-get install -y --no-install-recommends mawk awk tzdata=2024a-0 && rm -rf /tmp/x', []],
  ['RUN apt-get install -y mawk:amd64 \\\n  nmap', ['apt package nmap']],
  ['RUN apt-get install -y mawk=1.3.4* tzdata=2024*', []],
  ['RUN apt-get install -y mawk=1.3', ['apt package mawk=1.3, but 1.3.4-1']],
  ['RUN yarn add express && pnpm add left', ['npm package left']],
  ['RUN apt-get install -y tzdata=2025a', ['apt package tzdata=2025a, but 2024a-0']],
  ['RUN npm install express@^5 @types/node', []],
  ['RUN npm install -g express@4 ./own', ['npm package express@4, but 5.1.0']],
  ["RUN pip install 'typing_extensions>=4' -r more.txt", []],
  ['RUN pip install Typing.Extensions==3', ['pip package typing-extensions==3, but 4.12.0']],
  ['RUN apt-get install -y $PACKAGES', []],
  ['RUN apt-get install -y $(cat one two)', []],
  ['RUN apt-get -y --no-install-recommends install mawk 2>/dev/null', []],
  [
    'RUN apt-get install -y \\\n  # for reports, see the manual\n  mawk \\\n  nmap',
    ['apt package nmap'],
  ],
  ['RUN apt-get install -y mawk nmap- # not nmap', []],
  ["RUN pip install 'typing_extensions>=5'", ['pip package typing-extensions>=5, but 4.12.0']],
  ["RUN bash -c 'npm install express'", []],
  ['RUN npm install -w api express --workspace web', []],
  ['RUN npm install ./own.tgz other.tgz && pip install own-1.0-py3-none-any.whl', []],
])('%s lacks %j', (text, expected) => {
  expect(missingPackages(wantedByCommand(text), depot, digestOf)).toEqual(expected);
});

test('a package.json names what npm has to find; folders, addresses and workspaces are left to npm', () => {
  const wanted = wantedByManifest({
    dependencies: {
      express: '^5.0.0',
      left: '1',
      own: 'file:../own',
      git: 'a/b',
      other: 'npm:x@1',
    },
    devDependencies: { '@types/node': 'latest' },
    optionalDependencies: { fsevents: '*' },
  });
  expect(missingPackages(wanted, depot, digestOf)).toEqual(['npm package left@1']);
});

test.each([null, [], 'text', { dependencies: null }, { dependencies: { a: 1 } }])(
  'a package.json with %j is left to npm, which says what is wrong with it',
  (manifest) => expect(wantedByManifest(manifest)).toEqual([]),
);

test('a version in the bundle that is none of Python fits no range', () => {
  const odd = { ...depot, pip: [{ name: 'odd', version: 'not a version' }] };
  const wanted = [{ ecosystem: 'pip' as const, name: 'odd', range: '>=1' }];
  expect(missingPackages(wanted, odd, digestOf)).toEqual(['pip package odd>=1, but not a version']);
});

test('a package-lock.json names each version; links and optional packages may be missing', () => {
  const wanted = wantedByLock({
    packages: {
      '': { name: 'own' },
      'node_modules/express': { version: '5.0.0' },
      'node_modules/a/node_modules/@types/node': { version: '20.0.0' },
      'node_modules/link': { link: true },
      'node_modules/fsevents': { version: '2.0.0', optional: true },
    },
  });
  expect(missingPackages(wanted, depot, digestOf)).toEqual([
    'npm package express@5.0.0, but 5.1.0',
  ]);
});

test('a requirements file is read as pip reads it', () => {
  const text = `# comment
-r other.txt
--index-url https://a.test/simple
Typing_Extensions[all] >= 4.0, < 5  # why
colour==1 ; sys_platform == "win32"
https://a.test/x.whl
./own
flask~=3.0 --hash=sha256:00
`;
  expect(missingPackages(wantedByRequirements(text), depot, digestOf)).toEqual([
    'pip package flask~=3.0',
  ]);
});

test('a requirements file with hashes wants a file that has one of them', () => {
  const line = (hash: string): string =>
    `typing_extensions==4.12.0 --hash=sha256:${'b'.repeat(64)} \\\n  --hash=sha256:${hash}\n`;
  const missing = (hash: string): string[] =>
    missingPackages(wantedByRequirements(line(hash)), depot, digestOf);
  expect(missing(wheelDigest)).toEqual([]);
  expect(missing('c'.repeat(64))).toEqual([
    'pip package typing-extensions==4.12.0 with one of its hashes',
  ]);
});

test('a requirements file with line ends of Windows is read the same way', () => {
  const text = 'typing_extensions>=4\r\nflask==3 \\\r\n  --hash=sha256:00\r\n';
  expect(missingPackages(wantedByRequirements(text), depot, digestOf)).toEqual([
    'pip package flask==3',
  ]);
});

test('recorded folders are listed with names and versions', () => {
  expect(pipPackages(['Foo_Bar-1.0-py3-none-any.whl', 'x.txt'])).toEqual([
    { name: 'foo-bar', version: '1.0', file: 'Foo_Bar-1.0-py3-none-any.whl' },
  ]);
  expect(pipPackages(['tiny_one-1.0-py3-none-any.whl'], 'tiny-one==1.0\nPip==24.0\n')).toEqual([
    { name: 'tiny-one', version: '1.0', file: 'tiny_one-1.0-py3-none-any.whl' },
    { name: 'pip', version: '24.0' },
  ]);
  const index = 'Package: a\nVersion: 1:2\nProvides: b (= 1), c:any\nFilename: ./a_1_2.deb\n\n';
  expect(aptPackages(index, 'a 1:2\nbase 1\n')).toEqual([
    { name: 'a', version: '1:2', file: 'a_1_2.deb', provides: ['b', 'c'] },
    { name: 'base', version: '1' },
  ]);
});

test.each(['../x', 'a/b', '/etc/passwd', '.hidden', '-o', 'a b', 'a\nb', ''])(
  'a package whose file is %j is refused',
  (file) => {
    expect(() => npmPackages({ a: { versions: { '1.0.0': { manifest: {}, file } } } })).toThrow();
    const one = { image: 'a', stage: 'b', folder: '0', npm: [{ name: 'a', version: '1', file }] };
    expect(depotsSchema.safeParse({ schemaVersion: 1, depots: [one] }).success).toBe(false);
  },
);

test.each(['..', '../0', '0/..', '', 'x'])('a folder %j is refused', (folder) => {
  const one = { image: 'a', stage: 'b', folder };
  expect(depotsSchema.safeParse({ schemaVersion: 1, depots: [one] }).success).toBe(false);
});

function parse(text: string) {
  const options = { file: 'Dockerfile', buildArgs: {}, platform: 'linux/amd64', buildContexts: [] };
  return parseDockerfile(text, options);
}

/** Sends all RUNs of the last stage through a script. */
function wrapAll(text: string): string {
  const dockerfile = parse(text);
  const stage = dockerfile.stages.at(-1);
  const runs = stage?.instructions.filter(({ keyword }) => keyword === 'RUN') ?? [];
  const steps = runs.flatMap((instruction) =>
    stage === undefined
      ? []
      : [{ stage, instruction, script: ['serve.sh'], flags: ['--network=none'] }],
  );
  return wrapSteps(text, dockerfile, steps);
}

test.each([
  [
    'a test of the shell is no list of words',
    'RUN [ -f package.json ] && npm ci',
    'RUN --network=none [ -f package.json ] && npm ci',
  ],
  [
    'a bracket in a flag does not begin the list of words',
    'RUN --mount=type=cache,target=/x,id=npm[1] ["npm", "ci"]',
    'RUN --network=none --mount=type=cache,target=/x,id=npm[1] ["/bin/sh", "/run/bundle-tools/serve.sh", "npm", "ci"]',
  ],
  [
    'a list of words on lines of its own',
    'RUN [ \\\n  "npm", "ci" ]',
    'RUN --network=none ["/bin/sh", "/run/bundle-tools/serve.sh",  \\\n  "npm", "ci" ]',
  ],
  [
    'a here-document',
    'RUN <<EOF\nset -e\nnpm ci\nEOF',
    'RUN --network=none <<EOF\nset -e\nnpm ci\nEOF',
  ],
  [
    'line ends of Windows',
    'RUN npm ci \\\r\n  --omit=dev\r',
    'RUN --network=none npm ci \\\r\n  --omit=dev\r',
  ],
])('%s is kept as it was written', (_, run, expected) => {
  const lines = wrapAll(`FROM a\n${run}\nCOPY . .\n`)
    .split('\n')
    .filter((line) => !line.startsWith('SHELL'));
  expect(lines.join('\n')).toBe(`FROM a\n${expected}\nCOPY . .\n`);
});

test.each([
  ['USER node', true],
  ['USER 1000:0', true],
  ['user $APP', true],
  ['USER root', false],
  ['USER 0:0', false],
  ['USER rooted', true],
  ['ENV USER=node', false],
])('after %s, a folder is made by root for the step: %s', (user, expected) => {
  const dockerfile = parse(`FROM a AS base\n${user}\nFROM base\nRUN npm ci\n`);
  const stage = dockerfile.stages.at(-1);
  if (stage === undefined) throw new Error('no stage');
  expect(folderFor(dockerfile, stage, 4, '/place')).toEqual(
    expected
      ? ['USER root', 'RUN ["/bin/sh","-c","mkdir -p /place && chmod 777 /place"]', user]
      : [],
  );
});

test('lines above a step come before the shell that it is run with', () => {
  const text = 'FROM a\nUSER node\nRUN npm ci\nRUN ["npm", "ci"]\n';
  const dockerfile = parse(text);
  const [stage] = dockerfile.stages;
  const steps = (stage?.instructions ?? [])
    .slice(1)
    .flatMap((instruction) =>
      stage === undefined
        ? []
        : [{ stage, instruction, script: ['serve.sh'], flags: [], above: ['USER root'] }],
    );
  expect(wrapSteps(text, dockerfile, steps)).toBe(`FROM a
USER node
USER root
SHELL ["/bin/sh","/run/bundle-tools/serve.sh","/bin/sh","-c"]
RUN npm ci
SHELL ["/bin/sh","-c"]
USER root
RUN ["/bin/sh", "/run/bundle-tools/serve.sh", "npm", "ci"]
`);
});

test('what comes after a RUN with a last line that goes on is not a part of it', () => {
  expect(wrapAll('FROM a\nRUN npm ci \\\n')).toBe(`FROM a
SHELL ["/bin/sh","/run/bundle-tools/serve.sh","/bin/sh","-c"]
RUN --network=none npm ci
SHELL ["/bin/sh","-c"]
`);
});

test('a SHELL that is no list of words is refused with its line', () => {
  expect(() => wrapAll('FROM a\nSHELL [/bin/bash, -c]\nRUN npm ci\n')).toThrow(
    expect.objectContaining({
      code: 'rebuild-unavailable',
      details: expect.objectContaining({ subject: 'line 2', found: 'SHELL [/bin/bash, -c]' }),
    }),
  );
});

test('a step is run through a script by the shell that it had, and what comes before stays as it is', () => {
  const text = `FROM a AS base
SHELL ["/bin/bash", "-c"]
FROM base AS app
RUN one
RUN --mount=type=cache,target=/x \\
  npm install
RUN ["npm", "ci"]
`;
  const dockerfile = parse(text);
  const stage = dockerfile.stages[1];
  if (stage === undefined) throw new Error('no stage');
  const steps = stage.instructions.slice(1).map((instruction) => ({
    stage,
    instruction,
    script: ['serve.sh'],
    flags: ['--network=none'],
  }));
  expect(wrapSteps(text, dockerfile, steps)).toBe(`FROM a AS base
SHELL ["/bin/bash", "-c"]
FROM base AS app
RUN one
SHELL ["/bin/sh","/run/bundle-tools/serve.sh","/bin/bash","-c"]
RUN --network=none --mount=type=cache,target=/x \\
  npm install
SHELL ["/bin/bash","-c"]
RUN --network=none ["/bin/sh", "/run/bundle-tools/serve.sh", "npm", "ci"]
`);
});
