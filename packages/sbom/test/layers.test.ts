import { dpkgStatus, layerOf, listOf, packagesOf, recordOf, type TarFormat } from './layer-of.ts';

const status = 'var/lib/dpkg/status';
const npm = (name: string, version: string): string => JSON.stringify({ name, version });

test('the database of the last layer counts', () => {
  const image = packagesOf(
    { [status]: dpkgStatus(['adduser', '3.134'], ['curl', '7.88']) },
    { [status]: dpkgStatus(['adduser', '3.134']) },
  );
  expect(listOf(image)).toEqual(['deb adduser 3.134']);
  expect(image.problems).toEqual([]);
});

test('what a later layer deletes is gone, and what it leaves stays', () => {
  const modules = 'app/node_modules';
  const base = {
    [`${modules}/a/package.json`]: npm('a', '1.0.0'),
    [`${modules}/b/package.json`]: npm('b', '1.0.0'),
    [`${modules}/c/package.json`]: npm('c', '1.0.0'),
  };
  expect(listOf(packagesOf(base, { [`${modules}/.wh.a`]: '' }))).toEqual([
    'npm b 1.0.0',
    'npm c 1.0.0',
  ]);
  expect(listOf(packagesOf(base, { 'app/.wh.node_modules': '' }))).toEqual([]);
  expect(listOf(packagesOf(base, { [`${modules}/c/.wh.package.json`]: '' }))).toHaveLength(2);
  const opaque = {
    [`${modules}/.wh..wh..opq`]: '',
    [`${modules}/d/package.json`]: npm('d', '2.0.0'),
  };
  expect(listOf(packagesOf(base, opaque))).toEqual(['npm d 2.0.0']);
  // Whiteouts concern the layers below only.
  const both = { [`${modules}/.wh.a`]: '', [`${modules}/a/package.json`]: npm('a', '3.0.0') };
  expect(listOf(packagesOf(base, both))).toContain('npm a 3.0.0');
});

test('a folder that becomes a file, and a file that becomes a folder, are not what they were', () => {
  const base = { 'opt/lib.jar/node_modules/a/package.json': npm('a', '1.0.0') };
  expect(listOf(packagesOf(base, { opt: 'now a file' }))).toEqual([]);
  const file = { [status]: dpkgStatus(['curl', '7.88']) };
  expect(listOf(packagesOf(file, { [`${status}/`]: '' }))).toEqual([]);
  expect(listOf(packagesOf(file, { 'var/lib/dpkg/': '' }))).toEqual(['deb curl 7.88']);
});

test.each<TarFormat>(['ustar', 'pax', 'gnu'])(
  '%s archives are read, in pieces of any size',
  (format) => {
    const deep = `${'very-long-folder-name/'.repeat(format === 'ustar' ? 6 : 14)}node_modules`;
    const files = {
      [`${deep}/left-pad/package.json`]: npm('left-pad', '1.3.0'),
      [status]: dpkgStatus(['curl', '7.88']),
      'usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
    };
    const layer = layerOf(files, format);
    const whole = recordOf(layer, layer.length);
    expect(whole.files.map(({ path }) => path).sort()).toEqual([
      status,
      `${deep}/left-pad/package.json`,
    ]);
    expect(whole.distributions).toEqual([
      { path: 'usr/lib/os-release', id: 'debian', version: '12', title: 'Debian 12' },
    ]);
    expect(whole.problems).toEqual([]);
    for (const size of [1, 511, 512, 513, 10_000]) expect(recordOf(layer, size)).toEqual(whole);
  },
);

test('a damaged layer gives what came before the damage, and says so', () => {
  const layer = layerOf({ [status]: dpkgStatus(['curl', '7.88']) });
  const cut = recordOf(layer.subarray(0, layer.indexOf('Package: ') + 5));
  expect(cut.problems).toEqual(['the layer was not read to its end: it ends in an entry']);
  const damaged = Buffer.from(layer);
  damaged.write('x', layer.lastIndexOf('./var/lib/dpkg/status'));
  expect(recordOf(damaged).problems).toEqual([
    'the layer was not read to its end: a header is damaged',
  ]);
  expect(recordOf(Buffer.from('not a tar at all'.repeat(100))).problems).toHaveLength(1);
  expect(recordOf(Buffer.alloc(0)).files).toEqual([]);
});

test('an image without any package database says so', () => {
  const image = packagesOf({ 'bin/sh': 'a program', 'etc/os-release': 'ID=alpine\n' });
  expect(image).toMatchObject({
    packages: [],
    distribution: { id: 'alpine' },
    problems: [{ problem: 'no package database and no package was found' }],
  });
});

test.each<TarFormat>(['ustar', 'pax', 'gnu'])(
  'hard links in %s archives have what they link to',
  (format) => {
    // Names as long as pnpm makes them, where the format can have them as links, and a store that is before the application in the archive.
    const hex = '0123456789abcdef'.repeat(4);
    const folder = format === 'ustar' ? 'root' : 'root/.local/share/pnpm/store/v10';
    const store = (n: number): string =>
      `${folder}/files/0${n}/${hex}${n}${n === 1 ? '-exec' : ''}`;
    const modules = 'usr/src/app/node_modules/.pnpm';
    const files = {
      [store(1)]: npm('left-pad', '1.3.0'),
      [store(2)]: npm('inner', '9.9.9'),
      'var/lib/dpkg/status': dpkgStatus(['curl', '7.88']),
    };
    const links = {
      [`${modules}/left-pad@1.3.0/node_modules/left-pad/package.json`]: store(1),
      // Not where npm looks for a package.
      [`${modules}/left-pad@1.3.0/node_modules/left-pad/lib/package.json`]: store(2),
      'var/lib/dpkg/status-old': 'var/lib/dpkg/status',
    };
    const record = recordOf(layerOf(files, format, links));
    expect(
      record.files.map(({ path, packages }) => [path, packages.map(({ name }) => name)]),
    ).toEqual([
      [`${modules}/left-pad@1.3.0/node_modules/left-pad/package.json`, ['left-pad']],
      ['var/lib/dpkg/status', ['curl']],
    ]);
  },
);

test('a database that is a hard link to something unread is named, not passed over', () => {
  const layer = layerOf({ 'a/other': dpkgStatus(['curl', '7.88']) }, 'pax', {
    [status]: 'a/other',
  });
  expect(recordOf(layer).files).toEqual([
    { path: status, packages: [], problems: ['is a hard link to a/other, which is not read'] },
  ]);
});
