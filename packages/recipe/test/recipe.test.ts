import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildableText,
  changedDependencies,
  externalImages,
  hasMount,
  modeChanges,
  neededStages,
  parseDockerfile,
  readContext,
  type StepSet,
  select,
  stepKeys,
} from '../src/index.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/llm-chat');
const options = { file: 'Dockerfile', buildArgs: {}, platform: 'linux/amd64', buildContexts: [] };
const parse = (text: string, buildArgs: Record<string, string> = {}) =>
  parseDockerfile(text, { ...options, buildArgs });

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'recipe-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function capture(
  folder: string,
  buildArgs: Record<string, string> = {},
  chains: Record<string, string> = {},
): Promise<StepSet> {
  const dockerfile = parse(await readFile(join(folder, 'Dockerfile'), 'utf8'), buildArgs);
  const files = await readContext(folder, { dockerfile: 'Dockerfile' });
  const stages = neededStages(dockerfile, undefined, 'Dockerfile');
  const { globals } = dockerfile;
  const steps = stepKeys({ stages, globals, buildArgs, files, contextFiles: {}, chains });
  return { steps, files, contextFiles: {} };
}

describe('a Dockerfile', () => {
  test('names its stages, their bases, and the images that would be pulled', () => {
    const dockerfile = parse(`ARG V=3
FROM python:\${V:-2} AS Deps
FROM deps AS build
COPY --from=busybox:1 /bin/x /x
RUN --mount=type=bind,from=node:20,target=/n true
FROM scratch
COPY --from=build /a /a
COPY --from=0 /b /b
FROM unused:1`);
    const stages = neededStages(dockerfile, '2', 'Dockerfile');
    expect(stages.map(({ name }) => name)).toEqual(['deps', 'build', 'stage-2']);
    expect(externalImages(stages)).toEqual(['python:3', 'busybox:1', 'node:20']);
  });

  test('takes an additional context before a stage or an image of that name, but not before an index', () => {
    const { stages } = parseDockerfile(
      'FROM a:1 AS Lib\nFROM lib\nCOPY --from=LIB /x /x\nFROM docker.io/library/tool:latest\nCOPY --from=0 /x /x',
      { ...options, buildContexts: ['lib', 'tool'] },
    );
    expect(neededStages({ globals: {}, stages: stages.slice(0, 2) }, undefined, '')).toHaveLength(
      1,
    );
    expect(stages.map(({ base }) => base)).toEqual([
      { kind: 'image', reference: 'a:1' },
      { kind: 'context', name: 'lib' },
      { kind: 'context', name: 'tool' },
    ]);
    expect(stages.flatMap(({ uses }) => uses.map(({ origin }) => origin))).toEqual([
      { kind: 'context', name: 'lib' },
      { kind: 'stage', index: 0 },
    ]);
  });

  test('expands build arguments in FROM', () => {
    const dockerfile = parse('ARG BASE\nFROM $BASE AS a\nRUN true', { BASE: 'x:1' });
    expect(externalImages(dockerfile.stages)).toEqual(['x:1']);
  });

  test.each([
    ['double quotes', `ARG P\nFROM "\${P}python:3"`, 'python:3'],
    ['single quotes', "FROM 'python:3'", 'python:3'],
    ['a quoted default', `ARG B="python:3"\nFROM \${B}`, 'python:3'],
    ['quotes around a part', 'ARG T=3\nFROM python:"$T"-slim', 'python:3-slim'],
    ['a default in quotes', `FROM "\${B:-python:3}"`, 'python:3'],
    ['several arguments in a line', 'ARG A=python B=3\nFROM $A:$B', 'python:3'],
    [
      'a predefined argument that is declared',
      'ARG TARGETARCH\nFROM python:$TARGETARCH',
      'python:amd64',
    ],
    ['a variable without its end', `ARG I=python:2.7\nFROM \${I%%.*}`, 'python:2'],
    ['a variable without its beginning', `ARG I=x/y/python:3\nFROM \${I##*/}`, 'python:3'],
    ['the shortest end', `ARG I=python:3-a-b\nFROM \${I%-*}`, 'python:3-a'],
    ['the shortest beginning', `ARG I=x/python:3\nFROM \${I#*/}`, 'python:3'],
    ['another text in a variable', `ARG I=cpython:3\nFROM \${I/c?y/py}`, 'python:3'],
    ['a variable that has to be set', `ARG I=python:3\nFROM \${I:?none}`, 'python:3'],
    ['a default in a default', `FROM \${A:-\${B:-python:3}}`, 'python:3'],
    ['a registry, if there is one', `ARG R=x\nFROM \${R:+\${R}/}python:3 AS x`, 'x/python:3'],
    ['no registry', `ARG R\nFROM \${R:+\${R}/}python:3`, 'python:3'],
    ['a default for unset only', `ARG T=\nFROM python\${T-:2}`, 'python'],
    ['a word where something is set, if empty', `ARG T=\nFROM python\${T+:3}`, 'python:3'],
    ['quotes in a default', `FROM \${B:-"python:"'3'}`, 'python:3'],
    ['an escaped brace', `ARG I=pyth}on:3\nFROM \${I/\\}/}`, 'python:3'],
    ['a variable in a pattern', `ARG I=python:3-x S=-x\nFROM \${I%$S}`, 'python:3'],
    [
      'a default of an argument in an argument',
      `ARG A=\${B:-\${C:-3}}\nFROM python:$A`,
      'python:3',
    ],
    ['a platform', 'FROM --platform=$BUILDPLATFORM python:3 AS x', 'python:3'],
    ['small letters', 'from python:3 as x', 'python:3'],
    ['a line that goes on', 'FROM \\\n  # which\n  python:3 \\\n  AS x', 'python:3'],
    ['a byte order mark', '\ufeffFROM python:3', 'python:3'],
    ['line ends of Windows', 'ARG V=3\r\nFROM python:$V\r\nRUN true\r\n', 'python:3'],
    ['another escape character', '# escape=`\nFROM `\npython:3', 'python:3'],
  ])('may name its image with %s', (_what, text, image) => {
    expect(externalImages(parse(text).stages)).toEqual([image]);
  });

  test('may quote where it copies from', () => {
    const { stages } = parse('FROM a:1\nCOPY --from="b:1" /x /x');
    expect(externalImages(stages)).toEqual(['a:1', 'b:1']);
  });

  test('may have here-documents, and comments inside an instruction', () => {
    const { stages } = parse('FROM a:1\nRUN <<EOF\n# kept\nEOF\nRUN one \\\n # dropped\n  && two');
    expect(stages[0]?.instructions.map((one) => one.arguments)).toEqual([
      '<<EOF\n# kept\nEOF',
      'one   && two',
    ]);
  });

  test('gets names for its stages and loses its syntax line without moving other lines', () => {
    const text = '# syntax=docker/dockerfile:1\n# escape=`\nFROM a:1\n';
    expect(buildableText(text, parse(text))).toBe('# escape=`\n#\nFROM a:1 AS stage-0\n');
  });

  test.each([
    ['nothing in it', '', '1'],
    ['a FROM whose variable is empty', 'ARG X\nFROM $X', '2'],
    ['a substitution of a newer frontend', `ARG X=a\nFROM \${X^^}`, '2'],
    ['an unknown substitution in an argument', `ARG X=\${Y^^}\nFROM a:$X`, '1'],
    ['a variable without an end', `FROM a:\${X:-b`, '1'],
    ['very many variables in one another', `FROM a:${'${X:-'.repeat(50000)}`, '1'],
  ])('with %s is refused with the line', (_what, text, line) => {
    expect(() => parse(text)).toThrow(new RegExp(`line ${line}:`));
  });

  test('without the target is refused', () => {
    expect(() => neededStages(parse('FROM a:1'), 'absent', 'Dockerfile')).toThrow(
      'no stage absent',
    );
  });
});

describe('a context', () => {
  test('is everything that .dockerignore leaves, with modes and links', async () => {
    await mkdir(join(work, 'a/b'), { recursive: true });
    await mkdir(join(work, 'gone/deep'), { recursive: true });
    await writeFile(join(work, 'a/b/one.txt'), '1');
    await chmod(join(work, 'a/b/one.txt'), 0o640);
    await writeFile(join(work, 'gone/two'), '2');
    await writeFile(join(work, 'gone/deep/kept'), '3');
    await symlink('a/b', join(work, 'link'));
    await writeFile(join(work, '.dockerignore'), 'gone\n!gone/deep/kept\n.dockerignore\n');
    const entries = await readContext(work, {});
    expect(entries.map(({ path }) => path)).toEqual([
      'a',
      'a/b',
      'a/b/one.txt',
      'gone',
      'gone/deep',
      'gone/deep/kept',
      'link',
    ]);
    expect(entries[2]).toMatchObject({ mode: 0o640, sha256: expect.stringMatching(/^6b86b273/) });
    expect(entries[6]).toMatchObject({ type: 'symlink', target: 'a/b' });
  });

  test('follows the ignore file of its own Dockerfile first', async () => {
    await writeFile(join(work, 'x.txt'), '');
    await writeFile(join(work, '.dockerignore'), '*');
    await writeFile(join(work, 'Other.dockerignore'), '*ignore');
    expect((await readContext(work, { dockerfile: 'Other' })).map(({ path }) => path)).toEqual([
      'x.txt',
    ]);
  });

  test('with a name that is not UTF-8 cannot be rebuilt, unless the name is left out', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${work}/`), Buffer.from([0xc5, 0xe4])]), '');
    await expect(readContext(work, {})).rejects.toMatchObject({
      code: 'rebuild-unavailable',
      details: { found: 'the name of \ufffd\ufffd has other bytes' },
    });
    await writeFile(join(work, '.dockerignore'), '*');
    expect(await readContext(work, {})).toEqual([]);
  });

  // What BuildKit sends of the same folder was looked at with each of these.
  test.each([
    ['a.txt', 'A.txt b+.txt'],
    ['A.TXT', 'A.txt a.txt b+.txt'],
    ['b+.txt', 'A.txt a.txt'],
    ['(a).txt', 'A.txt a.txt b+.txt'],
    ['^a.txt', 'A.txt a.txt b+.txt'],
    ['\ufeff[ab]*.txt', 'A.txt'],
    ['*.txt\r\n!a.txt\r\n', 'a.txt'],
    ['# all\n\n  *  \n!A.*', 'A.txt'],
  ])('with the ignore file %j has %s', async (ignored, left) => {
    for (const name of ['a.txt', 'A.txt', 'b+.txt']) await writeFile(join(work, name), '');
    await writeFile(join(work, 'Dockerfile.dockerignore'), ignored);
    const entries = await readContext(work, { dockerfile: 'Dockerfile' });
    const paths = entries.map(({ path }) => path).filter((path) => path.endsWith('.txt'));
    expect(paths.join(' ')).toBe(left);
  });

  test.each([
    [['.'], ['a', 'a/b.js', 'c.js']],
    [['a/'], ['a', 'a/b.js']],
    [['*.js'], ['c.js']],
    [
      ['./c.js', '/a'],
      ['a', 'a/b.js', 'c.js'],
    ],
    [['{a,c.js}'], []],
    [['a/.'], ['a', 'a/b.js']],
    [['a//b.js'], ['a/b.js']],
    [['./a/./b.js'], ['a/b.js']],
    [['../c.js'], ['c.js']],
    [['a/../c.js'], ['c.js']],
    [['a/..'], ['a', 'a/b.js', 'c.js']],
    [['./*/../*.js'], ['c.js']],
    [['**/b.js'], ['a/b.js']],
    [['!a'], []],
  ])('COPY %j takes %j', (sources, paths) => {
    const entries = ['a', 'a/b.js', 'c.js'].map((path) => ({
      path,
      type: 'file' as const,
      mode: 0,
    }));
    expect(select(entries, sources).map(({ path }) => path)).toEqual(paths);
  });
});

describe('a link in a context', () => {
  const link = (path: string, target: string) => ({
    ...{ path, type: 'symlink' as const, mode: 0o777, target },
  });
  const entries = [
    { path: 'deep', type: 'directory' as const, mode: 0o755 },
    { path: 'deep/(x).txt', type: 'file' as const, mode: 0o644 },
    { path: 'deep/one.txt', type: 'file' as const, mode: 0o644 },
    link('deep/out', '/real'),
    link('loop', 'loop/more'),
    { path: 'real', type: 'directory' as const, mode: 0o755 },
    { path: 'real/two.txt', type: 'file' as const, mode: 0o644 },
    link('second', 'to-one'),
    link('to-deep', './deep/'),
    link('to-one', '../deep/one.txt'),
  ];

  test.each([
    ['to-one', ['deep/one.txt', 'to-one']],
    ['second', ['deep/one.txt', 'second', 'to-one']],
    ['to-deep/one.txt', ['deep/one.txt']],
    ['to-deep/(x).txt', ['deep/(x).txt']],
    ['to-deep/out/*.txt', ['real/two.txt']],
    ['to-*', ['deep', 'deep/(x).txt', 'deep/one.txt', 'deep/out', 'to-deep', 'to-one']],
    ['deep', ['deep', 'deep/(x).txt', 'deep/one.txt', 'deep/out']],
    ['loop', ['loop']],
  ])('is followed where COPY %s names it', (source, paths) => {
    expect(select(entries, [source]).map(({ path }) => path)).toEqual(paths);
  });
});

describe.each(['backend', 'frontend'])('the %s of the fixture', (name) => {
  const [manifest, source] =
    name === 'backend' ? ['requirements.txt', 'app.py'] : ['package.json', 'src/main.js'];
  let folder: string;
  let captured: StepSet;
  beforeEach(async () => {
    folder = join(work, name);
    await cp(join(fixtures, name), folder, { recursive: true });
    captured = await capture(folder);
  });
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const path = join(folder, file);
    await writeFile(path, change(await readFile(path, 'utf8')));
  };
  const changes = async (...rest: [Record<string, string>?, Record<string, string>?]) =>
    changedDependencies(captured, await capture(folder, ...rest)).map(({ step, causes }) => ({
      line: step.line,
      causes,
    }));

  test('needs no dependency step again after a change of its source', async () => {
    await edit(source, (text) => `${text}\n`);
    expect(await changes()).toEqual([]);
  });

  test('names the file and the step when a dependency was added', async () => {
    await edit(manifest, (text) => `${text}\n`);
    const [first] = await changes();
    expect(first?.causes).toEqual([`${manifest} changed`]);
    expect(captured.steps.find(({ line }) => line === first?.line)?.text).toMatch(/^RUN /);
  });

  test('names a file whose mode was changed by a stick', async () => {
    await chmod(join(folder, manifest), 0o600);
    expect((await changes())[0]?.causes).toEqual([`the mode of ${manifest} changed`]);
    const now = await readContext(folder, {});
    expect(modeChanges(captured.files, now)).toEqual([
      { path: manifest, captured: 0o644, current: 0o600 },
    ]);
  });

  test('names the line of an instruction inserted before the step', async () => {
    await edit('Dockerfile', (text) => text.replace('WORKDIR /app', 'WORKDIR /app\nRUN echo more'));
    expect((await changes())[0]?.causes).toEqual(['line 3 is a new or changed instruction']);
  });

  test('ignores a new label', async () => {
    await edit('Dockerfile', (text) => text.replace('WORKDIR /app', 'LABEL a=b\nWORKDIR /app'));
    expect(await changes()).toEqual([]);
  });

  test('reports a different base image', async () => {
    const base = /^FROM (\S+)/.exec(await readFile(join(folder, 'Dockerfile'), 'utf8'))?.[1] ?? '';
    expect((await changes({}, { [base]: 'sha256:other' }))[0]?.causes).toEqual([
      'the base image before line 2 is not the one of the export',
    ]);
  });
});

test('a build argument counts where it is declared, and nowhere else', async () => {
  await writeFile(
    join(work, 'Dockerfile'),
    'FROM a:1 AS deps\nARG MIRROR\nRUN curl x\nFROM a:1\nARG OTHER\nCOPY Dockerfile /\nRUN make\nCOPY --from=deps / /',
  );
  const captured = await capture(work, { MIRROR: 'm' });
  expect(changedDependencies(captured, await capture(work, { MIRROR: 'm', OTHER: 'o' }))).toEqual(
    [],
  );
  expect(changedDependencies(captured, await capture(work, { MIRROR: 'n' }))).toMatchObject([
    { causes: ['the build argument MIRROR changed'] },
  ]);
});

test('variables in what a RUN mounts and in the flags of a COPY count', async () => {
  const written = (owner: string) =>
    writeFile(
      join(work, 'Dockerfile'),
      `FROM a:1\nARG D=lists OWNER=${owner}\nCOPY --chown=$OWNER lists /\nRUN --mount=source=$D,target=/d pip install -r /d/one`,
    );
  await written('one');
  await mkdir(join(work, 'lists'));
  await writeFile(join(work, 'lists/one'), '1');
  const captured = await capture(work);
  expect(captured.steps[1]?.sources).toEqual(['lists']);
  await written('two');
  expect((await capture(work)).steps[0]?.key).not.toBe(captured.steps[0]?.key);
});

test('a step that fetches after the source was copied in needs the network after every edit', async () => {
  await writeFile(join(work, 'Dockerfile'), 'FROM a:1\nCOPY . .\nRUN pip install -e .\nRUN make');
  const { steps } = await capture(work);
  expect(steps.map(({ dependency, afterSource }) => dependency && afterSource)).toEqual([
    false,
    true,
    false,
  ]);
});

test.each([
  ['COPY ["requirements.txt", "/"]', ['requirements.txt']],
  ['COPY [r]equirements.txt /', ['[r]equirements.txt']],
  ['COPY ["requirements.txt" /', ['[requirements.txt']],
])('%s is a list if it is valid JSON, otherwise words', async (copy, sources) => {
  await writeFile(join(work, 'Dockerfile'), `FROM a:1\n${copy}\nRUN make`);
  const { steps } = await capture(work);
  expect(steps[0]?.sources).toEqual(sources);
});

test('a pattern that begins with a bracket selects its matches', async () => {
  await writeFile(join(work, 'Dockerfile'), 'FROM a:1\nCOPY [r]equirements.txt /\nRUN make');
  await writeFile(join(work, 'requirements.txt'), 'one\n');
  const captured = await capture(work);
  await writeFile(join(work, 'requirements.txt'), 'two\n');
  expect(changedDependencies(captured, await capture(work))).toMatchObject([
    { causes: ['requirements.txt changed'] },
  ]);
});

test.each([
  ['RUN --mount=type=cache,target=/c make', true],
  ['RUN --network=none --mount=type=secret,id=a make', true],
  ['RUN \\\n  --network=none \\\n  --mount=type=secret,id=a \\\n  make', true],
  ['RUN make --mount=a', false],
  ['COPY --mount=a b c', false],
])('%j mounts something: %s', (text, is) => {
  expect(hasMount({ text })).toBe(is);
});
