import { randomBytes } from 'node:crypto';
import { fixChecksum } from '@bundle/testkit';
import { zipSync } from 'fflate';
import { dpkgStatus, layerOf, listOf, packagesOf, recordOf } from './layer-of.ts';

/** Feeds a tar entry of a claimed size without ever having its bytes at once. */
function* hugeEntry(path: string, size: number, line: string): Generator<Buffer> {
  const layer = layerOf({ [path]: '' });
  const at = layer.indexOf(`./${path}`);
  const header = Buffer.from(layer.subarray(at, at + 512));
  header.write(size.toString(8).padStart(11, '0'), 124);
  fixChecksum(header);
  yield header;
  const block = Buffer.from(line.repeat(Math.ceil((1024 * 1024) / line.length))).subarray(
    0,
    1024 * 1024,
  );
  for (let left = size; left > 0; left -= block.length) yield block.subarray(0, left);
  yield Buffer.alloc(1024);
}

test('a status file of 1 GB is named, and takes no memory', async () => {
  const { LayerReader } = await import('../src/index.ts');
  const reader = new LayerReader();
  const before = process.memoryUsage().rss;
  for (const chunk of hugeEntry('var/lib/dpkg/status', 1024 ** 3, 'Package: a\nVersion: 1\n\n')) {
    reader.push(chunk);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  expect(reader.end()).toMatchObject({
    files: [
      {
        path: 'var/lib/dpkg/status',
        packages: [],
        problems: ['has 1073741824 bytes; at most 67108864 are read'],
      },
    ],
    problems: [],
  });
});

test('jars that are bombs, deep or wrong are problems, and nothing more', () => {
  // Claims to unpack to 300 MiB. Nobody has to make these: they are refused before.
  const bomb = Buffer.from(zipSync({ 'META-INF/MANIFEST.MF': randomBytes(400_000) }));
  bomb.writeUInt32LE(300 * 1024 * 1024, bomb.indexOf('PK\u0001\u0002') + 24);
  let nested = zipSync({ 'META-INF/MANIFEST.MF': new Uint8Array(0) });
  for (let depth = 0; depth < 20; depth++) nested = zipSync({ [`${depth}.jar`]: nested });
  const lying = Buffer.from(zipSync({ 'META-INF/MANIFEST.MF': new Uint8Array(10) }));
  // The size in the central directory, which follows its signature.
  lying.writeUInt32LE(0xfffffff0, lying.indexOf('PK\u0001\u0002') + 24);
  const counting = Buffer.from(zipSync({ a: new Uint8Array(0) }));
  // Claims 65,534 entries where there is one.
  counting.writeUInt16LE(0xfffe, counting.indexOf('PK\u0005\u0006') + 8);
  const image = packagesOf({
    'bomb.jar': bomb,
    'nested.jar': Buffer.from(nested),
    'lying.jar': lying,
    'counting.jar': counting,
  });
  expect(image.packages).toEqual([]);
  const problems = new Map(image.problems.map(({ path, problem }) => [path, problem]));
  expect(problems.get('bomb.jar')).toBe(
    'cannot be read as a zip archive: more than 256 MiB inside',
  );
  expect(problems.get('nested.jar')).toBe('archives inside each other are read 5 levels deep');
  expect(problems.get('lying.jar')).toBe('cannot be read as a zip archive: wrong sizes');
});

test('bytes that are not UTF-8 and lines without an end do no harm', () => {
  const image = packagesOf({
    'var/lib/dpkg/status': Buffer.concat([
      Buffer.from('Package: caf'),
      Buffer.from([0xe9]),
      Buffer.from('\nVersion: 1\n\nPackage: good\nVersion: 2\n\n'),
      Buffer.from(`Package: ${'x'.repeat(2_000_000)}\nVersion: 1\n`),
    ]),
    'app/node_modules/deep/package.json': `{"name":${'['.repeat(500_000)}`,
  });
  expect(listOf(image)).toContain('deb good 2');
  expect(image.problems.length).toBeGreaterThan(0);
});

test('random changes of a layer never make the reader fail', async () => {
  const layer = layerOf({
    'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nVersion: 1\n',
    'lib/apk/db/installed': 'P:musl\nV:1\n\n',
    'usr/lib/python3/dist-packages/six-1.egg-info': 'Name: six\nVersion: 1\n\n',
    'a.jar': Buffer.from(
      zipSync({ 'META-INF/MANIFEST.MF': new TextEncoder().encode('Bundle-Version: 1\n') }),
    ),
  });
  const { randomFrom } = await import('@bundle/testkit');
  const random = randomFrom(20);
  for (let round = 0; round < 300; round++) {
    const changed = Buffer.from(layer);
    for (let change = 0; change < 8; change++) {
      changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
    }
    expect(recordOf(changed, 4096).recordVersion).toBe(1);
  }
});

/** A layer with one PAX header of these bytes, and a list of packages after it. */
function withAttributes(records: string): Buffer {
  const layer = layerOf({ 'var/lib/dpkg/status': dpkgStatus(['good', '1']) }, 'ustar');
  const header = Buffer.from(layer.subarray(0, 512));
  header.write('x', 156);
  header.write(records.length.toString(8).padStart(11, '0'), 124);
  fixChecksum(header);
  const block = Buffer.alloc(512);
  block.write(records);
  return Buffer.concat([header, block, layer]);
}

test.each([
  '1e-99 path=x\n',
  '0 path=x\n',
  '-9 path=x\n',
  '0x9 path=x\n',
  '9 path=xy\n',
  '9 pathxyz\n8 path=x\n',
  'path',
])('attributes of %j end the layer with a problem', (records) => {
  expect(recordOf(withAttributes(records)).problems).toEqual([
    'the layer was not read to its end: attributes of an entry are damaged',
  ]);
});

test('attributes in the right form are read', () => {
  const record = recordOf(withAttributes('13 comment=x\n8 path=\n'));
  expect(record.problems).toEqual([]);
  expect(record.files).toHaveLength(1);
});

test('entries of a jar that overlap are a problem, and are not copied', () => {
  const jar = Buffer.from(
    zipSync(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`${index}.jar`, new Uint8Array(1000)]),
      ),
      { level: 0 },
    ),
  );
  for (let at = jar.indexOf('PK\u0001\u0002'); at !== -1; ) {
    // All of the archive, unpacked to nothing.
    jar.writeUInt32LE(jar.length - 100, at + 20);
    jar.writeUInt32LE(0, at + 24);
    jar.writeUInt32LE(0, at + 42);
    at = jar.indexOf('PK\u0001\u0002', at + 4);
  }
  expect(packagesOf({ 'a.jar': jar }).problems.map(({ problem }) => problem)).toEqual([
    'cannot be read as a zip archive: entries overlap',
  ]);
});

test('long lines and long names in a jar take no time', () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const spaces = `artifactId=a${' '.repeat(60_000)}b\n`;
  const nested = zipSync({ 'META-INF/MANIFEST.MF': text('Bundle-Version: 1\n') });
  const jar = zipSync({
    'META-INF/maven/a/b/pom.properties': text(spaces.repeat(50)),
    [`${'-1'.repeat(30_000)}!.jar`]: nested,
  });
  const before = process.cpuUsage();
  packagesOf({ 'a.jar': Buffer.from(jar) });
  const { user } = process.cpuUsage(before);
  // Each line took a second.
  expect(user / 1e6).toBeLessThan(3);
});
