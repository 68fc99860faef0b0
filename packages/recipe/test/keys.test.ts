import { chainRecord, manifestRecords, type Run, runKey, runSchema } from '../src/index.ts';

// Values that Docker 28.5 and 26.1 (BuildKit 0.25 and 0.13) wrote into the inline caches of one Dockerfile.

test('the record of a base image matches that of graph drivers', () => {
  expect(
    chainRecord('sha256:c9872dbbd9ca77705dd0b64d673fffe3d768bc96de4fe185250b6274f9b539f7'),
  ).toBe('sha256:1c3ffc4c6d14f0dbf50ddba1e77dcc251c70c8edc0915daf46a938c167bd85e0');
});

test('the record of a base image by its manifest matches that of the containerd store', () => {
  const manifest = 'sha256:b83ef8e6cececd2aa6fcb5c0c1aa2ab9e578754cfa29d2eac3dd5e2b5e531e97';
  expect(manifestRecords(manifest, { os: 'linux', architecture: 'amd64' })).toEqual([
    'sha256:3444a39e5c00d349733d4dd4c9499602675acc4a5449724f462fa36340c6bcbd',
  ]);
  // Engines disagree on whether arm64 has a variant.
  expect(
    manifestRecords(manifest, { os: 'linux', architecture: 'arm64', variant: 'v8' }),
  ).toHaveLength(2);
});

function run(command: string, mounts: readonly object[]): Run {
  const env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  const meta = { cwd: '/', env, args: ['/bin/sh', '-c', command], removeMountStubsRecursive: true };
  const Op = { exec: { mounts: [{ dest: '/' }, ...mounts], meta } };
  return runSchema.parse({ Op, platform: { OS: 'linux', Architecture: 'amd64' }, constraints: {} });
}

test('a RUN without mounts has the same key in all releases', () => {
  for (const form of ['before-0.17', 'since-0.17'] as const)
    expect(runKey(run('echo one > /one', []), form).record).toBe(
      'sha256:b94f89e81344044945ad3b2fc4490a95fbad95b5da0a25bd340847dc26e7c7e3',
    );
});

test('a RUN with secrets, caches and a tmpfs has the keys that both releases wrote', () => {
  const step = run('echo "a<b && c>d&" > /two', [
    { input: -1, dest: '/foo', output: -1, mountType: 3, cacheOpt: { ID: '/foo', sharing: 2 } },
    {
      input: -1,
      dest: '/root/.cache',
      output: -1,
      mountType: 3,
      cacheOpt: { ID: '//root/.cache' },
    },
    { input: -1, dest: '/t', output: -1, mountType: 4, TmpfsOpt: {} },
    {
      input: -1,
      dest: '/run/secrets/x',
      mountType: 1,
      secretOpt: { ID: 'x', mode: 256, optional: true },
    },
  ]);
  expect(runKey(step, 'since-0.17')).toEqual({
    record: 'sha256:94e68434c0937e90ed1f3f9a2909321479695c7374df25f0acd046bb2a39dde6',
    inputs: [
      {
        paths: ['/'],
        selector: 'sha256:8a5edab282632443219e051e4ade2d1d5bbc671c781051bf1437897cbdfea0f1',
      },
    ],
  });
  expect(runKey(step, 'before-0.17')).toEqual({
    record: 'sha256:ba0afc10a9c3e047e99a77ef8d650707c4af75dc4476efbc666b3cb6efa9454a',
    inputs: [
      {
        paths: ['/', '/'],
        selector: 'sha256:9f2e3049a12e5f4b5788b35222d45494a0bc6b6d506ed9f519e384c7ab18f784',
      },
    ],
  });
});

test('a RUN with a file of another stage has the keys that both releases wrote', () => {
  const mount = { input: 1, selector: '/one', dest: '/d', output: -1, readonly: true };
  const step = run('busybox cp /d /copied', [mount]);
  const one = 'sha256:1e1d1696ffea673057cb17995d1ff8190893b029bd787dbdc7cc46b252bfeef9';
  expect(runKey(step, 'since-0.17')).toMatchObject({
    record: 'sha256:d3bfd622f6281baa46e6e7b06a80cf87af638f595f76f0c366149ed11da2bdd3',
    inputs: [{ paths: ['/'] }, { paths: ['/one'], selector: one }],
  });
  expect(runKey(step, 'before-0.17')).toMatchObject({
    record: 'sha256:1bfe45f1b2d9152d82ee09f83d8fffe1933575490084d33785e41a849a527d9f',
    inputs: [{ paths: ['/'] }, { paths: ['/one'], selector: one }],
  });
});

test('a RUN with an unknown field has no known key', () => {
  const later = { Op: { exec: { meta: { args: ['true'] }, mounts: [{ dest: '/' }], later: 1 } } };
  const platform = { OS: 'linux', Architecture: 'amd64' };
  expect(runSchema.safeParse({ ...later, platform }).success).toBe(false);
});
