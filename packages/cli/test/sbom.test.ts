import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, type TestLayer } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let work: string;
const at = (name: string): string => join(work, name);
const status = (name: string, version: string): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: ${version}\n`;
const debian = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  'var/lib/dpkg/status': status('curl', '7.88.1-10'),
};
const module = (name: string, version: string) => ({
  [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version, license: 'MIT' }),
});

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'sbom-'));
  const base = { text: 'base', files: debian, compression: 'gzip' as const };
  await makeLayout(at('layout'), [
    {
      reference: 'api:1',
      layers: [
        base,
        {
          text: 'a',
          files: { ...module('left-pad', '1.0.0'), ...module('gone', '1.0.0') },
          compression: 'gzip',
        },
        {
          text: 'b',
          files: { ...module('left-pad', '1.3.0'), 'app/node_modules/.wh.gone': '' },
          compression: 'zstd',
        },
      ],
      attested: true,
    },
    { reference: 'web:1', layers: [{ text: 'nothing' }] },
  ]);
  await writeFile(
    at('compose.yml'),
    'name: shop\nservices: { api: { image: "api:1" }, web: { image: "web:1" } }\n',
  );
  const args = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--release-version', '1.0'];
  expect(await bundle(['export', at('compose.yml'), '-o', at('shop.tar'), ...args])).toMatchObject({
    code: 0,
  });
});
afterAll(() => rm(work, { recursive: true }));

test('bundle sbom lists what each image has in the end, and says which one has no database', async () => {
  const { code, stdout, stderr } = await bundle(['sbom', at('shop.tar')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/api:1 .*Debian GNU\/Linux 12 \(bookworm\) +2 packages/);
  expect(stdout).toMatch(/deb +curl +7\.88\.1-10/);
  expect(stdout).toMatch(/npm +left-pad +1\.3\.0 +MIT/);
  expect(stdout).not.toContain('gone');
  expect(stdout).toContain('Attached by its builder: https://spdx.dev/Document');
  expect(stderr).toContain(
    'The list of web:1 may be incomplete:\n  no package database and no package was found',
  );
});

test.each([
  ['cyclonedx', { bomFormat: 'CycloneDX', specVersion: '1.6' }],
  ['spdx', { spdxVersion: 'SPDX-2.3' }],
  ['spdx3', { '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld' }],
  ['json', { product: 'shop', version: '1.0' }],
])('--format %s writes one document', async (format, expected) => {
  const { code, stdout } = await bundle(['sbom', at('shop.tar'), '--format', format]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject(expected);
  expect(stdout).toContain('left-pad');
});

test('a file is written once, and replaced with --force', async () => {
  const args = [
    'sbom',
    at('shop.tar'),
    '--format',
    'cyclonedx',
    '--image',
    'api',
    '-o',
    at('a.json'),
  ];
  expect(await bundle(args)).toMatchObject({
    code: 0,
    stdout: `Wrote ${at('a.json')}: 2 packages\n`,
  });
  expect(JSON.parse(await readFile(at('a.json'), 'utf8')).components).toHaveLength(1);
  expect(await bundle(args)).toMatchObject({ code: 40 });
  expect(await bundle([...args, '--force'])).toMatchObject({ code: 0 });
  expect(await bundle(['sbom', at('shop.tar'), '--image', 'nobody'])).toMatchObject({ code: 20 });
});

test('a file gets the document that --json prints, also where only its name asks for one', async () => {
  const printed = await bundle(['sbom', at('shop.tar'), '--json']);
  for (const [name, ...more] of [['list.txt', '--json'], ['list.json']] as const) {
    const args = ['sbom', at('shop.tar'), '-o', at(name), ...more];
    expect(await bundle(args)).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(at(name), 'utf8'))).toEqual(JSON.parse(printed.stdout));
  }
  expect(await bundle(['sbom', at('shop.tar'), '-o', at('table.txt')])).toMatchObject({ code: 0 });
  expect(await readFile(at('table.txt'), 'utf8')).toContain('PACKAGE');
});

test('a second run reads no layer again', async () => {
  const env = { BUNDLE_LAYER_CACHE: at('cache') };
  const first = await bundle(['sbom', at('shop.tar'), '--json'], { env });
  // Without its layers, the bundle only gives what is known of them.
  expect(
    await bundle([
      'export',
      at('compose.yml'),
      '-o',
      at('folder'),
      '--format',
      'folder',
      '--engine',
      `oci:${at('layout')}`,
      '--no-runtime',
      '--release-version',
      '1.0',
    ]),
  ).toMatchObject({ code: 0 });
  const { images } = JSON.parse(await readFile(at('folder/bundle.json'), 'utf8'));
  for (const { layers } of images) {
    for (const { digest } of layers)
      await rm(at(`folder/images/blobs/sha256/${digest.slice(7)}`), { force: true });
  }
  const second = await bundle(['sbom', at('folder'), '--json'], { env });
  expect(second).toEqual(first);
  const third = await bundle(['sbom', at('folder')]);
  expect(third.stderr).toMatch(/layer sha256:\w+ is not in this bundle/);
});

test('a changed layer is refused', async () => {
  const bytes = await readFile(at('shop.tar'));
  const place = bytes.lastIndexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
  bytes[place + 20] = (bytes[place + 20] ?? 0) ^ 0xff;
  await writeFile(at('changed.tar'), bytes);
  expect(await bundle(['sbom', at('changed.tar')])).toMatchObject({ code: 51 });
});

test('bundle diff --packages lists the packages that were added, removed and updated', async () => {
  await makeLayout(at('next'), [
    {
      reference: 'api:2',
      layers: [{ text: 'base', files: { ...debian, ...module('left-pad', '2.0.0') } }],
    },
  ]);
  await writeFile(at('next.yml'), 'name: shop\nservices: { api: { image: "api:2" } }\n');
  const args = ['--engine', `oci:${at('next')}`, '--no-runtime', '--release-version', '2.0'];
  const made = await bundle(['export', at('next.yml'), '-o', at('next.tar'), ...args]);
  expect(made).toMatchObject({ code: 0 });
  const { code, stdout, stderr } = await bundle([
    'diff',
    at('shop.tar'),
    at('next.tar'),
    '--packages',
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/updated +api:2 +npm +left-pad +1\.3\.0 +2\.0\.0/);
  expect(stdout).not.toContain('curl');
  expect(stderr).toContain('web:1: no package database and no package was found');
  const same = await bundle(['diff', at('shop.tar'), at('shop.tar'), '--packages']);
  expect(same.stdout).toContain('No package inside an image is different.');
});

test('bundle export --sbom packs the list, which bundle sbom and bundle diff then read', async () => {
  await makeLayout(at('plain'), [
    {
      reference: 'api:1',
      layers: [
        { text: 'base', files: debian },
        { text: 'a', files: module('left-pad', '1.3.0') },
      ],
    },
    {
      reference: 'web:1',
      layers: [{ text: 'zipped', files: module('web', '1.0.0'), compression: 'gzip' }],
    },
  ]);
  const pack = (output: string, layout: string, ...more: string[]) =>
    bundle(
      [
        ...['export', at('compose.yml'), '-o', at(output), '--engine', `oci:${at(layout)}`],
        ...['--no-runtime', '--release-version', '1.0', '--sbom', ...more],
      ],
      { env: { BUNDLE_LAYER_CACHE: at('listing') } },
    );
  expect(await pack('listed.tar', 'plain')).toMatchObject({ code: 0 });
  expect(await bundle(['verify', at('listed.tar')])).toMatchObject({ code: 0 });
  // The same bytes when nothing is read again, and without the cache.
  expect(await pack('again.tar', 'plain')).toMatchObject({ code: 0 });
  expect(await pack('without.tar', 'plain', '--no-cache')).toMatchObject({ code: 0 });
  const bytes = await readFile(at('listed.tar'));
  expect(bytes.equals(await readFile(at('again.tar')))).toBe(true);
  expect(bytes.equals(await readFile(at('without.tar')))).toBe(true);
  const { stdout, stderr } = await bundle(['sbom', at('listed.tar')]);
  expect(stdout).toMatch(/deb +curl/);
  expect(stdout).toMatch(/npm +left-pad/);
  expect(stdout).toMatch(/npm +web/);
  expect(stderr).toBe('');
  const other = await pack('other.tar', 'layout');
  expect(other).toMatchObject({ code: 0 });
  expect(other.stderr).toContain('The list of packages may be incomplete, for 1 reason');
  const diff = await bundle(['diff', at('listed.tar'), at('other.tar')]);
  expect(diff.stdout).toMatch(/removed +web:1 +npm +web +1\.0\.0 +-/);
  const report = ['report', at('other.tar'), '--against', at('listed.tar'), '-o', at('page.html')];
  expect(await bundle(report)).toMatchObject({ code: 0 });
  const page = await readFile(at('page.html'), 'utf8');
  expect(page).toContain('<th scope="row">left-pad<td>1.3.0<td>npm<td>MIT<td>1');
  expect(page).toMatch(
    /package <span lang="en">removed<\/span>.{0,60} in <code>web:1<\/code> \(npm\)/,
  );
});

test('a changed list is refused', async () => {
  const args = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--sbom', '--format', 'folder'];
  expect(await bundle(['export', at('compose.yml'), '-o', at('listed'), ...args])).toMatchObject({
    code: 0,
  });
  await writeFile(at('listed/sbom.cdx.json.gz'), 'something else');
  expect(await bundle(['sbom', at('listed')])).toMatchObject({ code: 51 });
});

test('the list of an incremental bundle has the packages of layers that it leaves out', async () => {
  const env = { BUNDLE_LAYER_CACHE: at('incremental') };
  const first = { text: 'base', files: debian };
  const pack = async (output: string, layers: readonly TestLayer[], ...more: string[]) => {
    await makeLayout(at(`${output}-layout`), [{ reference: 'api:1', layers }]);
    await writeFile(at(`${output}.yml`), 'name: shop\nservices: { api: { image: "api:1" } }\n');
    const engine = `oci:${at(`${output}-layout`)}`;
    const args = ['export', at(`${output}.yml`), '-o', at(output), '--engine', engine];
    return bundle([...args, '--no-runtime', '--sbom', ...more], { env });
  };
  expect(await pack('first.tar', [first])).toMatchObject({ code: 0 });
  const second = [first, { text: 'a', files: module('left-pad', '1.3.0') }];
  expect(await pack('second.tar', second, '--since', at('first.tar'))).toMatchObject({ code: 0 });
  const { stdout, stderr } = await bundle(['sbom', at('second.tar')]);
  expect(stdout).toMatch(/deb +curl/);
  expect(stdout).toMatch(/npm +left-pad/);
  expect(stderr).toBe('');
});
