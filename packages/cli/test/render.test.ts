import type { ApplicationPlan } from '@bundle/export';
import { sampleManifest } from '@bundle/testkit';
import { exportText, previewText } from '../src/commands/export/render.ts';
import { importText } from '../src/commands/import/render.ts';
import { findingsError } from '../src/shared/render/findings.ts';
import { sizesText } from '../src/shared/render/words.ts';
import { noColours } from '../src/shared/terminal/colours.ts';

const manifest = sampleManifest();
const plan: ApplicationPlan = {
  product: 'shop',
  images: [],
  files: [
    {
      path: 'nginx/default.conf',
      content: { text: '' },
      executable: false,
      why: 'mounted by nginx',
    },
  ],
  builds: [],
  envFiles: manifest.envFiles,
  profiles: [
    { name: 'cpu', services: ['db'], started: true, alternatives: ['gpu'] },
    { name: 'gpu', services: ['dbg'], started: false, alternatives: ['cpu'] },
    { name: 'old', services: [], started: false, alternatives: [], problem: 'no old.env' },
  ],
  composeProfiles: ['*'],
  toSet: [{ path: '.env', example: 'env.example', toFill: ['KEY', 'PORT'], differing: ['LEVEL'] }],
  leftOut: [{ service: 'db', source: './data', reason: 'a data folder' }],
  mounts: [],
  sourceMounts: [],
  privateKeys: [],
  warnings: [],
};

test('export shows what was packed, what was not, and what to do next', () => {
  const report = {
    output: '/stick/my shop.tar',
    manifest,
    digest: 'sha256:abc',
    savedBytes: 5e6,
    whole: [],
    reused: { layers: 0, bytes: 0 },
    secrets: { scanned: 3, allowed: [], defaults: [], notScanned: [], unusedNames: [] },
    seconds: 2,
  };
  const text = exportText(report, plan, 'tar', noColours);
  expect(text).toContain('Packed shop 1.0 into /stick/my shop.tar (tar), 2s\n');
  expect(text).toContain('shop-api:1.0');
  expect(text).toMatch(/\.\/data +a data folder +db/);
  expect(text).toMatch(/cpu +db +starts; not beside gpu\n/);
  expect(text).toMatch(/gpu +dbg +starts only where COMPOSE_PROFILES names it; not beside cpu\n/);
  expect(text).toMatch(/old +not packed: no old\.env\n/);
  expect(text).toMatch(/To fill in.*\n.*\n +\.env, from env\.example +KEY, PORT\n/);
  expect(text).toMatch(/Different here.*\n.*\n +\.env, from env\.example +LEVEL\n/);
  expect(text).toContain("bundle verify '/stick/my shop.tar'");
  expect(text).toContain("bundle import '/stick/my shop.tar'");
});

test('shows how many bytes are images and how many are programs', () => {
  const program = { path: 'runtime/bundle', size: 129e6, sha256: '0'.repeat(64) };
  const blob = { path: `images/blobs/sha256/${'1'.repeat(64)}`, size: 1e6, sha256: '1'.repeat(64) };
  const readme = { path: 'README.txt', size: 1e5, sha256: '2'.repeat(64) };
  const all = { stored: 130.1e6, unpacked: 3e6 };
  expect(sizesText({ ...manifest, files: [readme, program, blob], sizes: all })).toBe(
    '130 MB: images 1 MB (3 MB unpacked), programs 129 MB',
  );
  expect(
    sizesText({ ...manifest, files: [readme, blob], sizes: { stored: 1.1e6, unpacked: 0 } }),
  ).toBe('1.1 MB: images 1 MB');
});

test('a preview shows what would happen to each image, and why each file is packed', () => {
  const images = [
    { reference: 'nginx:1.27', services: ['web'], state: 'to pull' as const },
    { reference: 'api:1', services: ['api'], state: 'present' as const, bytes: 7e6 },
  ];
  const text = previewText(
    {
      application: plan,
      images,
      stages: [{ services: ['api'], names: ['build', 'app'] }],
      notCaptured: [{ services: ['web'], reason: 'its context is a URL' }],
      fileBytes: 1e6,
      secrets: [],
    },
    '/shop.bundle',
    'folder',
    noColours,
  );
  expect(text).toContain('nothing was written');
  expect(text).toMatch(/nginx:1\.27 +web +to pull +-/);
  expect(text).toContain('api: the cache of build, app;');
  expect(text).toContain('not web: its context is a URL');
  expect(text).toMatch(/nginx\/default\.conf +mounted by nginx/);
  expect(text).toContain(
    '8 MB before compression and sharing, not counting images still to be pulled or built',
  );
});

test('import says how to start the application', () => {
  const text = importText(
    'shop.tar',
    {
      outcome: 'imported',
      isAllowedOlder: false,
      checks: [],
      signatures: { signatures: [], signers: 0 },
      manifest: {
        ...manifest,
        leftOut: [
          { service: 'db', source: './db-password', reason: 'a secret' },
          { service: 'db', source: 'data', reason: 'a named volume' },
          { service: 'api', source: '/var/run/docker.sock', reason: 'the engine’s own socket' },
        ],
      },
      engine: 'Docker 28',
      images: [{ reference: 'shop-api:1.0', action: 'already there', bytes: 0 }],
      digest: 'sha256:abc',
      name: 'shop',
      switched: true,
      release: '1.0-abc',
      releaseDir: '/state/shop/releases/1.0-abc',
      currentLink: '/state/shop/current',
      startCommands: ['cd /state/shop/current', 'docker compose up -d'],
      sentBytes: 0,
      reused: { layers: 0, bytes: 0 },
      seconds: 1,
    },
    (words) => `/state/bundle ${words}`,
    noColours,
  );
  expect(text).toContain('Imported shop 1.0 into Docker 28');
  expect(text).toMatch(/not in the bundle.*\n.*\n +\.\/db-password +a secret.* +db/);
  expect(text).not.toMatch(/docker\.sock|a named volume/);
  expect(text).toContain('To start it\n  /state/bundle up 1.0\n');
  expect(text).toContain('Or by hand\n  cd /state/shop/current\n  docker compose up -d');
});

test.each([
  ['no finding', undefined, []],
  ['one kind of finding', 'spec-invalid', ['spec-invalid', 'spec-invalid']],
  ['several kinds', 'findings-present', ['spec-invalid', 'digest-mismatch']],
  ['a finding without a code', 'findings-present', [undefined]],
] as const)('%s ends in %s', (_, expected, codes) => {
  const findings = codes.map((code) => ({
    severity: 'error' as const,
    file: 'x',
    message: 'y',
    ...(code === undefined ? {} : { code }),
  }));
  const error = findingsError(findings, { operation: 'validating', subject: 'x', hint: 'z' });
  expect(error?.code).toBe(expected);
});
