import { parseResolved, withoutEnvironment } from '@bundle/compose';
import { parse } from 'yaml';
import { packedImage, planImages } from '../src/application/images.ts';
import { offlineOverride } from '../src/application/offline-override.ts';
import { recorded } from './recorded.ts';

const hex = '1'.repeat(64);

describe('the name under which an image is packed, and the one requested from the engine', () => {
  it.each([
    ['nginx', 'nginx:latest', 'nginx:latest'],
    ['nginx:1.27', 'nginx:1.27', 'nginx:1.27'],
    ['docker.io/library/nginx:1', 'nginx:1', 'nginx:1'],
    ['docker.io/acme/app', 'acme/app:latest', 'acme/app:latest'],
    ['registry:5000/a/b/c:2', 'registry:5000/a/b/c:2', 'registry:5000/a/b/c:2'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
    [`nginx@sha256:${hex}`, 'nginx:sha256-111111111111', `nginx@sha256:${hex}`],
    [`reg.example/a:3@sha256:${hex}`, 'reg.example/a:3', `reg.example/a@sha256:${hex}`],
  ])('%s', (text, reference, source) => {
    expect(packedImage(text, 'web')).toEqual({ reference, source });
  });

  it.each(['Nginx', 'a b', 'a:', 'a//b', `a@sha256:${hex.slice(1)}`, '-a', ''])(
    'refuses %j and names the service',
    (text) => {
      expect(() => packedImage(text, 'web')).toThrow(/reading the image of web/);
    },
  );
});

describe.each(['2.40', '2.26'])('a project as Compose %s resolves it', (version) => {
  const project = withoutEnvironment(
    parseResolved(recorded(`compose-${version}.resolved`), 'compose.yaml'),
  );

  it('has every image once, in order, and names one without a name as Compose does', () => {
    expect(planImages(project, ['redis', 'nginx:1.27'])).toEqual([
      {
        reference: 'busybox:sha256-222222222222',
        source: `busybox@sha256:${'2'.repeat(64)}`,
        services: ['log'],
        built: false,
      },
      { reference: 'nginx:1.27', source: 'nginx:1.27', services: ['web'], built: false },
      {
        reference: 'postgres:16',
        source: `postgres@sha256:${hex}`,
        services: ['db'],
        built: false,
      },
      { reference: 'redis:latest', source: 'redis:latest', services: [], built: false },
      { reference: 'shop-api:latest', source: 'shop-api:latest', services: ['api'], built: true },
    ]);
  });

  it('keeps no value of .env in memory', () => {
    expect(JSON.stringify(project)).not.toContain('canary');
  });

  it('gets an override that prevents pulling and building', () => {
    const text = offlineOverride(project, 'shop', {
      volumes: new Map(),
      changed: new Map(),
      configs: new Map(),
      secrets: new Map(),
      bound: new Map(),
    });
    expect(text).toContain('build: !reset null');
    expect(parse(text, { logLevel: 'silent' })).toEqual({
      name: 'shop',
      services: {
        api: { image: 'shop-api:latest', pull_policy: 'never', build: expect.anything() },
        db: { image: 'postgres:16', pull_policy: 'never' },
        log: { image: 'busybox:sha256-222222222222', pull_policy: 'never' },
        web: { image: 'nginx:1.27', pull_policy: 'never' },
      },
    });
  });
});
