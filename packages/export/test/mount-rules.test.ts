// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files

import type { Mount } from '@bundle/compose';
import { splitShortVolume, writtenMounts } from '@bundle/compose';
import { limits } from '@bundle/format';
import {
  contentReason,
  isLikeData,
  placeReason,
  type SourceFacts,
} from '../src/application/mount-rules.ts';

const places = { projectDir: '/r/p', root: '/r', buildContexts: ['/r/p/api', '/r/p'] };
const mount = (more: Partial<Mount>): Mount => ({
  service: 'web',
  kind: 'bind',
  source: '/r/p/conf',
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
  ...more,
});

describe('mounts left out because of their location', () => {
  it.each<[string, Partial<Mount>, RegExp | undefined]>([
    ['a folder of the project', {}, undefined],
    ['a file below a build context', { source: '/r/p/api/api.conf' }, undefined],
    ['a build context', { source: '/r/p/api' }, /source code/],
    ['the whole project', { source: '/r/p' }, /whole project/],
    ['a named volume', { kind: 'volume', source: 'data' }, /named volume/],
    ['a secret', { kind: 'secret', source: '/r/p/key.txt' }, /secret/],
    ['the engine’s socket', { source: '/var/run/docker.sock' }, /engine’s own socket/],
    ['a path that every host has', { source: '/etc/localtime' }, /^the host’s own$/],
    ['another folder of the host', { source: '/etc/ssl' }, /outside the project/],
    ['a folder with a longer name', { source: '/r-other/x' }, /outside/],
    ['the whole repository', { source: '/r' }, /whole project/],
    ['a folder beside that of the Compose file', { source: '/r/conf' }, undefined],
  ])('%s', (_name, more, expected) => {
    const reason = placeReason(mount(more), places, './WRITTEN');
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});

it('a path of the host stays one even if the repository contains it', () => {
  const all = { ...places, projectDir: '/etc/docker/app', root: '/etc' };
  const ssl = mount({ source: '/etc/ssl' });
  expect(placeReason(ssl, all, '/etc/ssl')).toMatch(/outside the project: it has to exist/);
  expect(placeReason(ssl, all, '../../ssl')).toBeUndefined();
});

it('a mount above the project is reported with the way to pack it', () => {
  expect(placeReason(mount({ source: '/x' }), places, '../../x')).toContain('--project-root');
});

describe('mounts that are data, not configuration', () => {
  it.each<[string, Partial<Mount>, Partial<SourceFacts>, RegExp | undefined]>([
    ['a small folder of texts', {}, {}, undefined],
    ['a file, writable or not', {}, { type: 'file', files: 1 }, undefined],
    ['an empty file', {}, { type: 'file', files: 1, bytes: 0 }, undefined],
    ['a read-only folder called data', { source: '/r/p/data', readOnly: true }, {}, undefined],
    ['an empty writable folder', {}, { files: 0, bytes: 0 }, /empty/],
    ['a writable database file', {}, { type: 'file', written: 'a.db' }, /with a.db in it/],
    ['a folder with a log in it', {}, { written: 'a.log' }, /with a.log in it/],
    ['the same, read-only', { readOnly: true }, { written: 'a.log' }, undefined],
    ['a folder with a Dockerfile', { readOnly: true }, { hasDockerfile: true }, /source code/],
    [
      'more than the limits allow',
      { readOnly: true },
      { bytes: limits.maxConfigFileBytes + 1 },
      /bytes/,
    ],
    ['too many files', { readOnly: true }, { files: limits.maxConfigFiles + 1 }, /files/],
    [
      'a missing source for which the engine makes a folder',
      {},
      { type: 'missing' },
      /starts as an empty folder/,
    ],
    ['a socket', {}, { type: 'special' }, /socket or device/],
  ])('%s', (_name, mountMore, factsMore, expected) => {
    const reason = contentReason(mount(mountMore), facts(factsMore));
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});

it.each<[string, Partial<Mount>, boolean]>([
  ['a folder called data', { source: '/r/p/data' }, true],
  ['a folder mounted in /var/lib', { target: '/var/lib/x' }, true],
  ['a read-only folder', { source: '/r/p/data', readOnly: true }, false],
  ['a folder called database-init', { source: '/r/p/database-init' }, false],
])('tells whether a folder is named or mounted like data: %s', (_name, more, expected) => {
  expect(isLikeData(mount(more), [])).toBe(expected);
});

it.each([
  ['./a:/b', './a', '/b', undefined],
  ['./a:/b:ro', './a', '/b', 'ro'],
  ['${A:-./a}:/b:ro', '${A:-./a}', '/b', 'ro'],
  ['${A:-${B:-/c}}/x:/b', '${A:-${B:-/c}}/x', '/b', undefined],
  ['/b', undefined, '/b', undefined],
])('the short mount %s is split as in Compose', (text, source, target, mode) => {
  expect(splitShortVolume(text)).toEqual({ source, target, mode });
});

it('a mount is shown as written in the Compose file, without values', () => {
  const document = {
    services: {
      web: { volumes: ['${SECRET_DIR}/x:/x', { type: 'bind', source: './y', target: '/${T}' }] },
    },
    configs: { c: { file: './c.conf' } },
  };
  const lookup = (name: string): string => (name === 'T' ? 'y' : '/canary');
  const shown = (more: Partial<Mount>): string | undefined =>
    writtenMounts(document, lookup)(mount(more))?.source;
  expect(shown({ source: '/canary/x', target: '/x' })).toBe('${SECRET_DIR}/x');
  expect(shown({ source: '/r/p/y', target: '/y' })).toBe('./y');
  expect(shown({ kind: 'config', source: '/r/p/c.conf', target: 'c' })).toBe('./c.conf');
});
