import { zipSync } from 'fflate';
import { dpkgStatus, listOf, packagesOf } from './layer-of.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

test('dpkg: packages that are there, with their sources, and those of distroless images', () => {
  const removed = 'Package: old\nStatus: deinstall ok config-files\nVersion: 1\n';
  const sourced =
    'Package: libc6\nStatus: install ok installed\nSource: glibc (2.36-8)\nVersion: 2.36-9\nArchitecture: amd64\n';
  const image = packagesOf({
    'var/lib/dpkg/status': [removed, sourced].join('\n'),
    'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n',
    'var/lib/dpkg/status.d/tzdata.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  etc/x\n',
  });
  expect(image.packages).toEqual([
    {
      type: 'deb',
      name: 'libc6',
      version: '2.36-9',
      architecture: 'amd64',
      source: 'glibc',
      path: 'var/lib/dpkg/status',
    },
    {
      type: 'deb',
      name: 'tzdata',
      version: '2024a-0',
      architecture: 'all',
      path: 'var/lib/dpkg/status.d/tzdata',
    },
  ]);
});

test('npm: what is installed, nothing inside a package, aliases under their real name', () => {
  const json = (fields: object): string => JSON.stringify(fields);
  const image = packagesOf({
    'app/package.json': json({ name: 'app', version: '9.9.9' }),
    'app/node_modules/@scope/a/package.json': json({
      name: '@scope/a',
      version: '1.0.0',
      license: 'MIT',
    }),
    'app/node_modules/@scope/a/esm/package.json': json({ type: 'module' }),
    'app/node_modules/@scope/a/node_modules/b/package.json': json({ name: 'b', version: '0.1.0' }),
    'app/node_modules/alias/package.json': json({ name: 'real', version: '2.0.0' }),
    'app/node_modules/old/package.json':
      '\ufeff{"name":"old","version":"1.0.0","licenses":[{"type":"BSD"}]}',
    'app/node_modules/.bin/package.json': json({ name: 'no', version: '1.0.0' }),
    'app/node_modules/broken/package.json': '{"name":',
  });
  expect(listOf(image)).toEqual([
    'npm @scope/a 1.0.0',
    'npm b 0.1.0',
    'npm old 1.0.0',
    'npm real 2.0.0',
  ]);
  expect(image.problems).toEqual([
    {
      path: 'app/node_modules/broken/package.json',
      problem: expect.stringMatching(/^cannot be read: /),
    },
  ]);
});

test('Python: wheels and eggs, not what a package has copied into itself', () => {
  const site = 'usr/lib/python3.11/site-packages';
  const metadata = (name: string, version: string): string =>
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nLicense: MIT\n\nName: not a header\n`;
  const image = packagesOf({
    [`${site}/Flask-3.0.0.dist-info/METADATA`]: metadata('Flask', '3.0.0'),
    [`${site}/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA`]: metadata('wheel', '0.43.0'),
    [`${site}/~lask-2.0.0.dist-info/METADATA`]: metadata('Flask', '2.0.0'),
    'usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO': metadata('six', '1.16.0'),
    'usr/lib/python3/dist-packages/PyYAML-6.0.egg-info': metadata('PyYAML', '6.0'),
    'srv/deps/idna-3.6.dist-info/METADATA': metadata('idna', '3.6'),
  });
  expect(listOf(image)).toEqual([
    'pypi Flask 3.0.0',
    'pypi PyYAML 6.0',
    'pypi idna 3.6',
    'pypi six 1.16.0',
  ]);
});

test('jars: Maven coordinates, jars inside jars, and a manifest where that is all there is', () => {
  const pom = (group: string, name: string, version: string) => ({
    [`META-INF/maven/${group}/${name}/pom.properties`]: text(
      `#Created by Maven\ngroupId=${group}\nartifactId=${name}\nversion=${version}\n`,
    ),
  });
  const inner = zipSync({ ...pom('org.inner', 'inner', '2.0'), 'a.class': text('x'.repeat(5000)) });
  const plain = zipSync({
    'META-INF/MANIFEST.MF': text(
      'Manifest-Version: 1.0\r\nImplementation-Version: 4.5\r\n .6\r\n\r\nName: a\r\n',
    ),
  });
  const image = packagesOf({
    'app/app.jar': Buffer.from(
      zipSync({
        ...pom('com.shop', 'app', '1.0'),
        'BOOT-INF/lib/inner-2.0.jar': [inner, { level: 0 }],
      }),
    ),
    'app/plain-4.jar': Buffer.from(plain),
    'app/damaged.jar': Buffer.from(plain).subarray(0, 60),
  });
  expect(image.packages).toMatchObject([
    { type: 'generic', name: 'plain', version: '4.5.6' },
    { type: 'maven', group: 'com.shop', name: 'app', version: '1.0' },
    { type: 'maven', group: 'org.inner', name: 'inner', version: '2.0', path: 'app/app.jar' },
  ]);
  expect(image.problems).toEqual([
    { path: 'app/damaged.jar', problem: 'cannot be read as a zip archive: damaged' },
  ]);
});

test('apk: packages with their origin', () => {
  const image = packagesOf({
    'lib/apk/db/installed':
      'C:Q1qKcZ\nP:musl\nV:1.2.5-r0\nA:x86_64\nS:407278\nL:MIT\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\nC:Q1\nP:musl-utils\nV:1.2.5-r0\nA:x86_64\nL:MIT AND BSD-2-Clause AND GPL-2.0-or-later\no:musl\n\n',
    'etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n',
  });
  expect(image.packages).toMatchObject([
    { type: 'apk', name: 'musl', version: '1.2.5-r0', license: 'MIT' },
    { type: 'apk', name: 'musl-utils', version: '1.2.5-r0', source: 'musl' },
  ]);
  expect(image.distribution).toEqual({ id: 'alpine', version: '3.20.3' });
});

test('names that could act on a terminal are left out and counted', () => {
  const image = packagesOf({
    'var/lib/dpkg/status': dpkgStatus(
      ['good', '1'],
      ['bad\u001b[31m', '1'],
      ['rtl\u202e', '1'],
      ['x'.repeat(300), '1'],
    ),
  });
  expect(listOf(image)).toEqual(['deb good 1']);
  expect(image.problems).toEqual([
    {
      path: 'var/lib/dpkg/status',
      problem: '3 entries without a usable name and version were left out',
    },
  ]);
});
