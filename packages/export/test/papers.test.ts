import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { exportBundle } from '@bundle/export';
import { recipeSchema } from '@bundle/recipe';
import { makeLayout } from '@bundle/testkit';
import { quiet, sampleImages, samplePlan } from '../../import/test/build-bundle.ts';
import type { PaperOptions } from '../src/papers/papers.ts';
import { paperWriter } from '../src/papers/papers.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'papers-'));
  await makeLayout(join(work, 'layout'), sampleImages);
});
afterEach(() => rm(work, { recursive: true, force: true }));

const compose = `services:
  web:
    image: shop-web:1.0
    ports: ["\${PORT:-8088}:80", "5353:53/udp"]
    volumes: ["records:/data"]
volumes:
  records: {}
`;

async function readmeOf(papers: PaperOptions): Promise<string> {
  const plan = samplePlan();
  const files = plan.files.map((file) =>
    file.path === 'docker-compose.yml' ? { ...file, content: { text: compose } } : file,
  );
  const envFiles = [
    { path: '.env', example: 'env.example', toFill: ['DB_PASSWORD'] },
    { path: 'api.env', example: 'api.env.example', toFill: ['TOKEN'] },
  ];
  const output = join(work, `shop-${papers.language}`);
  await exportBundle(
    createLayoutEngine(join(work, 'layout')),
    { ...plan, files, envFiles },
    {
      ...quiet,
      output,
      version: '1.0',
      format: 'folder',
      force: false,
      pull: 'never',
      rebuild: false,
      papers,
    },
  );
  return readFile(join(output, 'README.txt'), 'utf8');
}

const sender = {
  title: '病房系统',
  contact: '张工\n电话 010-1234\u001b[31m',
  notes: 'Ring before noon.',
};

test('README.txt says what the operator has, needs, types, sees, and whom to ask', async () => {
  const readme = await readmeOf({ language: 'en', ...sender });
  expect(readme).toMatch(/^病房系统\nshop 1\.0\n/);
  expect(readme).toContain('      sh install.sh\n');
  expect(readme).toContain('asks for DB_PASSWORD, api.env: TOKEN, and starts');
  expect(readme).toContain('http://THIS-HOST:8088');
  expect(readme).toContain('free: 8088/tcp, 5353/udp');
  expect(readme).toContain('volumes shop_records');
  expect(readme).toContain('"permission denied"');
  expect(readme).toMatch(/8\. CONTACT {4}张工\n {14}电话 010-1234\\u\{1b\}\[31m\n/);
  expect(readme).toMatch(/NOTES {6}Ring before noon\./);
  expect(readme).not.toContain('undefined');
});

test('in both languages Chinese comes first, and each has the same facts', async () => {
  const readme = await readmeOf({ language: 'both', ...sender });
  const [chinese = '', english = '', ...more] = readme.split(/\n={20,}\n\n/);
  expect(more).toEqual([]);
  expect(english).toBe(await readmeOf({ language: 'en', ...sender }));
  expect(chinese).toBe(await readmeOf({ language: 'zh', ...sender }));
  for (const fact of [
    'sh install.sh',
    'DB_PASSWORD',
    ':8088',
    'shop_records',
    '张工',
    'bundle rollback',
  ])
    expect(chinese).toContain(fact);
});

test('the page for the operator fits on a sheet of paper', async () => {
  for (const language of ['en', 'zh'] as const) {
    const [page = ''] = (await readmeOf({ language, ...sender })).split(/\n-+\n/);
    const lines = page.split('\n');
    expect(lines.length).toBeLessThan(60);
    // A wide character takes two columns.
    const width = (line: string) => line.replace(/[\p{Script=Han}，。：；、（）]/gu, 'xx').length;
    expect(lines.filter((line) => width(line) > 130)).toEqual([]);
  }
});

test.each(['en', 'zh', 'both'] as const)(
  'papers of rebuilds in %s name every image',
  async (language) => {
    const recipes = [
      recipeSchema.parse({
        ...{
          services: ['api', 'jobs'],
          image: 'shop-api:1',
          context: '.',
          platform: 'linux/amd64',
        },
        ...{ dockerfile: { path: 'Dockerfile' }, buildArgs: {}, labels: {}, buildContexts: {} },
        ...{ extraHosts: [], ulimits: [], bases: [], files: [], contextFiles: {} },
        stages: [
          { name: 'stage-0', image: 'bundle-cache/shop:api', manifest: `sha256:${'a'.repeat(64)}` },
        ],
        steps: [],
      }),
    ];
    const write = await paperWriter(language);
    const release = { product: 'shop', version: '1.0' };
    expect(write(({ quickRebuild }) => quickRebuild(release, recipes))).toMatch(
      /bundle rebuild api --up.*1 {2}api, jobs.*bundle doctor/s,
    );
    expect(write(({ rebuildReadme }) => rebuildReadme(release, recipes, '28.5'))).toMatch(
      /\| api, jobs \| `shop-api:1` \| `\.` \|/,
    );
  },
);
