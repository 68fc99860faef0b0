import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportText } from '../src/commands/validate/reports/index.ts';
import type { CodedFinding } from '../src/shared/render/findings.ts';
import { bundle } from './run-bundle.ts';

const esc = String.fromCharCode(0x1b);
/** A file name and a message that try to leave their places in each of the formats. */
const hostile: CodedFinding = {
  severity: 'error',
  code: 'spec-invalid',
  file: './配置/a b,c:"<&>%.yaml',
  line: 3,
  path: 'files[0]',
  message: `found "]]>" & <x>\n::error::forged 50%${esc}[2J\ud800`,
};
const warning: CodedFinding = { severity: 'warning', file: 'b.yaml', message: 'unusual' };
const report = (format: 'sarif' | 'junit' | 'github' | 'gitlab', ...findings: CodedFinding[]) =>
  reportText(format, { files: ['./ok.yaml', 'b.yaml'], findings });

test('github annotations stay on one line each, whatever names and messages contain', () => {
  expect(report('github', hostile, warning).split('\n')).toEqual([
    '::error file=配置/a b%2Cc%3A"<&>%25.yaml,line=3,title=bundle%3A spec-invalid::' +
      'files[0]: found "]]>" & <x>\\u{a}::error::forged 50%25\\u{1b}[2J\\u{d800}',
    '::warning file=b.yaml,title=bundle%3A findings-present::unusual',
  ]);
  expect(report('github')).toBe('');
});

test('a gitlab report has one fingerprint for each finding, which does not depend on the line', () => {
  const parse = (...findings: CodedFinding[]) =>
    JSON.parse(report('gitlab', ...findings)) as { fingerprint: string }[];
  const [one, two, three] = parse(hostile, hostile, warning);
  expect(new Set([one?.fingerprint, two?.fingerprint, three?.fingerprint]).size).toBe(3);
  expect(one).toMatchObject({
    check_name: 'spec-invalid',
    severity: 'major',
    location: { path: '配置/a b,c:"<&>%.yaml', lines: { begin: 3 } },
  });
  expect(parse({ ...hostile, line: 9 })[0]?.fingerprint).toBe(one?.fingerprint);
  expect(parse()).toEqual([]);
});

test('a junit report is well-formed, with a passed case for a file without errors', async () => {
  const text = report('junit', hostile, warning);
  expect(text).toContain('<testsuites name="bundle validate" tests="3" failures="1">');
  expect(text).toContain('<testcase name="valid" classname="./ok.yaml"/>');
  expect(text).toContain('classname="./配置/a b,c:&quot;&lt;&amp;&gt;%.yaml"');
  expect(text).toContain('<system-out>1: unusual</system-out>');
  expect(text).not.toMatch(/\ud800|]]>/);
  expect(text).not.toContain(esc);
});

test('a sarif report names rules, places and paths as its schema asks', () => {
  const log: unknown = JSON.parse(report('sarif', hostile, warning));
  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'bundle', rules: [{ id: 'spec-invalid' }, { id: 'findings-present' }] },
        },
        results: [
          {
            ruleId: 'spec-invalid',
            ruleIndex: 0,
            level: 'error',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: '%E9%85%8D%E7%BD%AE/a%20b%2Cc%3A%22%3C%26%3E%25.yaml' },
                  region: { startLine: 3 },
                },
                logicalLocations: [{ fullyQualifiedName: 'files[0]' }],
              },
            ],
          },
          { ruleId: 'findings-present', ruleIndex: 1, level: 'warning' },
        ],
      },
    ],
  });
});

describe('bundle validate --format', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reports-'));
    await mkdir(join(folder, 'manifests'));
    await writeFile(join(folder, 'compose.yml'), 'services: { a: { image: "a:1" } }\n');
    await writeFile(
      join(folder, 'manifests/good.yaml'),
      'schemaVersion: 1\ncompose: ../compose.yml\n',
    );
    await writeFile(join(folder, 'manifests/bad.yaml'), 'schemaVersion: 1\n\nfile: [a]\n');
  });
  afterEach(() => rm(folder, { recursive: true }));
  const validate = (...args: string[]) =>
    bundle(['validate', 'manifests/good.yaml', 'manifests/bad.yaml', ...args], { cwd: folder });

  test.each(['sarif', 'junit', 'github', 'gitlab'])(
    '%s: the report alone is on stdout',
    async (format) => {
      const { code, stdout, stderr } = await validate('--format', format);
      expect(code).toBe(12);
      expect(stdout).toContain('manifests/bad.yaml');
      expect(stderr).toContain('error: validating 2 files');
      if (format === 'sarif' || format === 'gitlab') expect(JSON.parse(stdout)).toBeTruthy();
      if (format === 'github')
        expect(stdout).toMatch(/^::error file=manifests\/bad\.yaml,line=3,/m);
    },
  );

  test('a report without findings is complete, and the exit code is 0', async () => {
    const files = ['validate', 'manifests/good.yaml', '--format'];
    const { code, stdout } = await bundle([...files, 'junit'], { cwd: folder });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('failures="0"'),
    });
    expect(await bundle([...files, 'gitlab'], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: '[]\n',
    });
    expect(await bundle([...files, 'github'], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: '',
    });
  });

  test('an unknown format, and a format beside --json, are usage errors', async () => {
    expect(await validate('--format', 'xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('sarif'),
    });
    expect((await validate('--format', 'sarif', '--json')).code).toBe(2);
  });
});
