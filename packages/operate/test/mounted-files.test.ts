import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neededFiles, parseResolved } from '@bundle/compose';
import { behindClosedDoors } from '@bundle/testkit';
import { checkFiles } from '../src/up/mounted-files.ts';

const project = parseResolved(
  {
    services: {
      db: {
        image: 'db:1',
        secrets: [{ source: 'password' }, { source: 'from-environment' }],
        configs: [{ source: 'settings' }],
        volumes: [
          {
            type: 'bind',
            source: '/nowhere/made',
            target: '/made',
            bind: { create_host_path: true },
          },
          { type: 'bind', source: '/nowhere/strict', target: '/strict' },
          { type: 'volume', source: 'data', target: '/data' },
        ],
      },
    },
    secrets: { password: { file: '/nowhere/password.txt' }, 'from-environment': {} },
    configs: { settings: { file: '/proc/self/status' } },
  },
  'docker-compose.yml',
);

test('files of secrets and configs have to exist', () => {
  expect(neededFiles(project).map(({ path }) => path)).toEqual([
    '/nowhere/password.txt',
    '/proc/self/status',
  ]);
});

test('all missing files are listed at once, with the services that use them', async () => {
  await expect(checkFiles(project, { folder: '/' })).rejects.toMatchObject({
    code: 'config-check-failed',
    details: {
      expected: '/nowhere/password.txt, secret password of db',
    },
  });
  await expect(
    checkFiles(parseResolved({ services: {} }, 'docker-compose.yml'), { folder: '/' }),
  ).resolves.toBeUndefined();
});

test('a file that only root may look for can be there, since the engine opens it', async () => {
  const work = await mkdtemp(join(tmpdir(), 'mounted-files-'));
  await chmod(work, 0o755);
  const secrets = { password: { file: join(work, 'root/password.txt') } };
  const service = { image: 'db:1', secrets: [{ source: 'password' }] };
  const closed = parseResolved({ services: { db: service }, secrets }, 'docker-compose.yml');
  try {
    await behindClosedDoors(join(work, 'root'), () => checkFiles(closed, { folder: work }));
    await expect(checkFiles(closed, { folder: work })).rejects.toThrow();
  } finally {
    await rm(work, { recursive: true });
  }
});

test('a seccomp profile is looked for in the folder of the release', async () => {
  const withProfile = (name: string) =>
    parseResolved(
      { services: { web: { image: 'web:1', security_opt: [`seccomp=./${name}`] } } },
      'docker-compose.yml',
    );
  const folder = import.meta.dirname;
  await checkFiles(withProfile('mounted-files.test.ts'), { folder });
  await expect(checkFiles(withProfile('nowhere.json'), { folder })).rejects.toMatchObject({
    details: { expected: `${folder}/nowhere.json, seccomp profile of web` },
  });
});
