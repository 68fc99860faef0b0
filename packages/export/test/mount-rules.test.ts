// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files

import type { Mount } from '@bundle/compose';
import { splitShortVolume, writtenSources } from '@bundle/compose';
import { limits } from '@bundle/format';
import { contentReason, placeReason, type SourceFacts } from '../src/application/mount-rules.ts';

const places = { projectDir: '/p', buildContexts: ['/p/api', '/p'] };
const mount = (more: Partial<Mount>): Mount => ({
  service: 'web',
  kind: 'bind',
  source: '/p/conf',
  target: '/conf',
  readOnly: false,
  created: true,
  ...more,
});
const facts = (more: Partial<SourceFacts>): SourceFacts => ({
  type: 'folder',
  bytes: 100,
  files: 2,
  hasDockerfile: false,
  hasBinary: false,
  ...more,
});

describe('what is left out because of its place', () => {
  it.each<[string, Partial<Mount>, RegExp | undefined]>([
    ['a folder of the project', {}, undefined],
    ['a file below a build context', { source: '/p/api/api.conf' }, undefined],
    ['a build context', { source: '/p/api' }, /source code/],
    ['the whole project', { source: '/p' }, /whole project/],
    ['a named volume', { kind: 'volume', source: 'data' }, /named volume/],
    ['a secret', { kind: 'secret', source: '/p/key.txt' }, /secret/],
    ['the engine’s socket', { source: '/var/run/docker.sock' }, /engine’s own socket/],
    ['another folder of the host', { source: '/etc/ssl' }, /outside .*WRITTEN/],
    ['a folder with a longer name', { source: '/p-other/x' }, /outside/],
  ])('%s', (_name, more, expected) => {
    const reason = placeReason(mount(more), places, 'WRITTEN');
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});

describe('what is data and not configuration', () => {
  it.each<[string, Partial<Mount>, Partial<SourceFacts>, RegExp | undefined]>([
    ['a small folder of texts', {}, {}, undefined],
    ['a file, writable or not', {}, { type: 'file', files: 1 }, undefined],
    ['an empty file', {}, { type: 'file', files: 1, bytes: 0 }, undefined],
    ['a read-only folder called data', { source: '/p/data', readOnly: true }, {}, undefined],
    ['a writable folder called data', { source: '/p/data' }, {}, /named or mounted like data/],
    ['one mounted in /var/lib', { target: '/var/lib/x' }, {}, /named or mounted like data/],
    ['an empty writable folder', {}, { files: 0, bytes: 0 }, /empty/],
    ['a writable database file', {}, { type: 'file', hasBinary: true }, /not all of it is text/],
    ['a folder with a Dockerfile', { readOnly: true }, { hasDockerfile: true }, /source code/],
    [
      'more than limits allow',
      { readOnly: true },
      { bytes: limits.maxConfigFileBytes + 1 },
      /bytes/,
    ],
    ['too many files', { readOnly: true }, { files: limits.maxConfigFiles + 1 }, /files/],
    ['nothing, where a folder is made', {}, { type: 'missing' }, /not there/],
    ['a socket', {}, { type: 'special' }, /socket or device/],
  ])('%s', (_name, mountMore, factsMore, expected) => {
    const reason = contentReason(mount(mountMore), facts(factsMore));
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});

it.each([
  ['./a:/b', './a', '/b', undefined],
  ['./a:/b:ro', './a', '/b', 'ro'],
  ['${A:-./a}:/b:ro', '${A:-./a}', '/b', 'ro'],
  ['${A:-${B:-/c}}/x:/b', '${A:-${B:-/c}}/x', '/b', undefined],
  ['/b', undefined, '/b', undefined],
])('the short mount %s is cut where Compose means it', (text, source, target, mode) => {
  expect(splitShortVolume(text)).toEqual({ source, target, mode });
});

it('a mount is shown as the Compose file has it, without values', () => {
  const document = {
    services: {
      web: { volumes: ['${SECRET_DIR}/x:/x', { type: 'bind', source: './y', target: '/${T}' }] },
    },
    configs: { c: { file: './c.conf' } },
  };
  const lookup = (name: string): string => (name === 'T' ? 'y' : '/canary');
  const shown = (more: Partial<Mount>): string | undefined =>
    writtenSources(document, lookup)(mount(more));
  expect(shown({ source: '/canary/x', target: '/x' })).toBe('${SECRET_DIR}/x');
  expect(shown({ source: '/p/y', target: '/y' })).toBe('./y');
  expect(shown({ kind: 'config', source: '/p/c.conf', target: 'c' })).toBe('./c.conf');
});
