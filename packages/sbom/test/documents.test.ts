import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readCycloneDx } from '../src/documents/read-cyclonedx.ts';
import {
  cycloneDxDocument,
  type DescribedImage,
  purlOf,
  type SbomSource,
  spdx3Document,
  spdxDocument,
} from '../src/index.ts';
import { dpkgStatus, packagesOf } from './layer-of.ts';

const schema = async (name: string) =>
  JSON.parse(await readFile(join(import.meta.dirname, 'schemas', name), 'utf8'));

function image(reference: string, digit: string): DescribedImage {
  const found = packagesOf({
    'etc/os-release': 'ID=debian\nVERSION_ID=12\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    'var/lib/dpkg/status': dpkgStatus(['libc6', '2.36-9+deb12u9'], ['curl', '7:7.88']),
    'app/node_modules/@a/b/package.json':
      '{"name":"@a/b","version":"1.0.0","license":"MIT OR Apache-2.0"}',
    'app/node_modules/c/package.json':
      '{"name":"c","version":"1.0.0","license":"SEE LICENSE IN c.txt"}',
    'app/node_modules/none/package.json': '{"name":"none"}',
    'app/node_modules/x/package.json': '{',
  });
  return {
    ...found,
    reference,
    imageId: `sha256:${digit.repeat(64)}`,
    attestations: [
      { digest: `sha256:${'a'.repeat(64)}`, predicateType: 'https://spdx.dev/Document' },
    ],
  };
}
const source: SbomSource = {
  product: 'shop',
  version: '1.0',
  created: '2026-01-02T03:04:05Z',
  images: [image('shop-api:1.0', '1'), image('shop-web:1.0', '2')],
  tool: { name: 'offline-bundle', version: '0.1.0' },
};
const empty: SbomSource = { ...source, images: [] };

test.each([
  ['two images', source],
  ['no image', empty],
])('CycloneDX 1.6 of %s is valid', async (_, given) => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(JSON.stringify(cycloneDxDocument(given)))).toBeNull();
});

test.each([
  ['two images', source],
  ['no image', empty],
])('SPDX 2.3 of %s is valid', async (_, given) => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(await schema('spdx-2.3.schema.json'));
  validate(spdxDocument(given));
  expect(validate.errors).toBeNull();
});

test.each([
  ['two images', source],
  ['no image', empty],
])('SPDX 3.0.1 of %s is valid', async (_, given) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(await schema('spdx-3.0.1.schema.json'));
  validate(JSON.parse(JSON.stringify(spdx3Document(given))));
  expect(validate.errors).toBeNull();
});

test('the validators refuse what is wrong', async () => {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile(await schema('spdx-3.0.1.schema.json'));
  const text = JSON.stringify(spdx3Document(source)).replaceAll('"to":', '"too":');
  expect(validate(JSON.parse(text))).toBe(false);
  const old = new Ajv({ strict: false }).compile(await schema('spdx-2.3.schema.json'));
  expect(old({ ...spdxDocument(source), SPDXID: 1 })).toBe(false);
});

test('the same images give the same documents, byte for byte', () => {
  for (const make of [cycloneDxDocument, spdxDocument, spdx3Document]) {
    expect(JSON.stringify(make(source))).toBe(JSON.stringify(make(structuredClone(source))));
  }
});

test('CycloneDX is read back as it was', () => {
  const images = source.images.map((one) => ({
    ...one,
    // A document has one text for each problem.
    problems: one.problems.map(({ path, problem }) => ({ problem: `${path} ${problem}` })),
  }));
  const rpm = {
    type: 'rpm',
    name: 'dbus',
    version: '1.12-26.el8',
    epoch: '1',
    path: 'Packages',
  } as const;
  const jar = {
    type: 'maven',
    name: 'io',
    group: 'org.apache',
    version: '2.11',
    path: 'a.jar',
  } as const;
  const all = images.map((one) => ({ ...one, packages: [...one.packages, jar, rpm] }));
  const document = Buffer.from(JSON.stringify(cycloneDxDocument({ ...source, images: all })));
  expect(readCycloneDx(document)).toEqual(all);
});

test('every identifier in SPDX is unique, and every relationship leads to one', () => {
  const document = JSON.parse(JSON.stringify(spdxDocument(source)));
  const ids = document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { relatedSpdxElement } of document.relationships)
    expect(ids).toContain(relatedSpdxElement);
  // Packages of both images are there once.
  expect(ids.filter((id: string) => id.startsWith('SPDXRef-Package'))).toHaveLength(5);
});

test('what could not be read is said in each document', () => {
  for (const make of [cycloneDxDocument, spdxDocument, spdx3Document]) {
    expect(JSON.stringify(make(source))).toContain(
      'app/node_modules/x/package.json cannot be read',
    );
  }
});

test('package URLs are those of the specification', () => {
  const debian = { id: 'debian', version: '12' };
  const urls = [
    purlOf(
      {
        type: 'deb',
        name: 'libc6',
        version: '2.36-9+deb12u9',
        architecture: 'amd64',
        source: 'glibc',
      },
      debian,
    ),
    purlOf(
      { type: 'rpm', name: 'dbus', version: '1.12.8-26.el8', epoch: '1', architecture: 'x86_64' },
      { id: 'rhel', version: '8.9' },
    ),
    purlOf({ type: 'apk', name: 'musl', version: '1.2.5-r0' }, { id: 'alpine', version: '3.20.3' }),
    purlOf({ type: 'npm', name: '@angular/core', version: '12.3.1' }, debian),
    purlOf({ type: 'pypi', name: 'Flask_Login', version: '0.6' }, debian),
    purlOf({ type: 'golang', name: 'github.com/moby/sys/mountinfo', version: 'v0.7.1' }, debian),
    purlOf({ type: 'maven', name: 'commons-io', group: 'org.apache', version: '2.11' }, debian),
  ];
  expect(urls).toEqual([
    'pkg:deb/debian/libc6@2.36-9+deb12u9?arch=amd64&distro=debian-12&upstream=glibc',
    'pkg:rpm/rhel/dbus@1.12.8-26.el8?arch=x86_64&distro=rhel-8.9&epoch=1',
    'pkg:apk/alpine/musl@1.2.5-r0?distro=alpine-3.20.3',
    'pkg:npm/%40angular/core@12.3.1',
    'pkg:pypi/flask-login@0.6',
    'pkg:golang/github.com/moby/sys/mountinfo@v0.7.1',
    'pkg:maven/org.apache/commons-io@2.11',
  ]);
});
