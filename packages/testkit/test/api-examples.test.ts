import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');
const library = join(root, 'scripts/lib');
const { writeApiExamples } = await import(join(library, 'api-examples.js'));
const { apiModules, declarationsOf } = await import(join(library, 'api-modules.js'));

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'api-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** Compiles all files of the folder; returns what the compiler prints. */
async function compile(): Promise<string> {
  const paths = Object.keys(apiModules).map((name) => [
    `offline-bundle/${name}`,
    [declarationsOf(name)],
  ]);
  const compilerOptions = {
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    composite: false,
    declaration: false,
    declarationMap: false,
    lib: ['es2024'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths: Object.fromEntries(paths),
  };
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions,
    include: ['*.ts'],
  };
  await writeFile(join(work, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(work, 'package.json'), '{"type": "module"}');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = promisify(execFile)(process.execPath, [tsc, '-p', work]);
  return run.then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test('the examples of the API compile, and use every module', async () => {
  const files: string[] = writeApiExamples(work);
  expect(files.length).toBeGreaterThan(5);
  expect(await compile()).toBe('');
  await writeFile(
    join(work, 'wrong.ts'),
    "import { verifyBundle } from 'offline-bundle/verify';\nawait verifyBundle(1);\n",
  );
  expect(await compile()).toContain('wrong.ts(2,');
});
