import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { convertApplication } from '../src/convert.ts';
import { manifestFiles } from '../src/manifest-files.ts';
import { plainOptions, projectIn } from './fixture.ts';
import { problemsOf } from './schema.ts';

const root = join(import.meta.dirname, '../../../fixtures');
/** Further folders of projects, to try by hand. */
const more = (process.env['BUNDLE_TEST_PROJECTS'] ?? '').split(':').filter(Boolean);

test('every application of the corpus becomes valid manifests, whatever it asks for', async () => {
  const folders = [join(root, 'llm-chat'), join(root, 'example')];
  for (const parent of [join(root, 'corpus'), ...more]) {
    for (const name of await readdir(parent)) folders.push(join(parent, name));
  }
  const wrong: string[] = [];
  let converted = 0;
  for (const folder of folders) {
    const application = await projectIn(folder).catch(() => undefined);
    if (application === undefined) continue;
    converted += 1;
    const options = { ...plainOptions, serviceType: 'NodePort' as const, profiles: ['*'] };
    const { objects } = await convertApplication(application, options);
    wrong.push(...problemsOf(objects).map((problem) => `${folder}: ${problem}`));
    const files = [...manifestFiles({ objects }, undefined)].slice(1);
    for (const [index, [path, text]] of files.entries()) {
      for (const version of ['1.1', '1.2'] as const) {
        const read: unknown = parse(text, { version });
        if (JSON.stringify(read) !== JSON.stringify(objects[index])) {
          wrong.push(`${folder}: ${path} is another object in YAML ${version}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(converted).toBeGreaterThan(100);
});
