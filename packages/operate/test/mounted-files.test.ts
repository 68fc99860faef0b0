import { neededFiles, parseResolved } from '@bundle/compose';
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
  await expect(checkFiles(project)).rejects.toMatchObject({
    code: 'config-check-failed',
    details: {
      expected: '/nowhere/password.txt, secret password of db',
    },
  });
  await expect(
    checkFiles(parseResolved({ services: {} }, 'docker-compose.yml')),
  ).resolves.toBeUndefined();
});
