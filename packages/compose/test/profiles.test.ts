import { alternatives, clashes, profileNames, profilesOf } from '../src/profiles.ts';
import { projectSchema } from '../src/project.ts';

const project = (services: object) => projectSchema.parse({ services });
const service = (profiles: readonly string[], more: object = {}) => ({
  image: 'a',
  profiles,
  ...more,
});

test('a list of profiles is split as Compose splits it', () => {
  expect(profileNames(' cpu, gpu,,cpu ')).toEqual(['cpu', 'gpu']);
  expect(profileNames(undefined)).toEqual([]);
});

test('profiles are listed with the services that start with them', () => {
  const one = project({ web: { image: 'a' }, db: service(['b', 'a']), more: service(['a']) });
  expect(profilesOf(one)).toEqual([
    { name: 'a', services: ['db', 'more'] },
    { name: 'b', services: ['db'] },
  ]);
});

test.each<[string, object, object, string | undefined]>([
  ['one container name', { container_name: 'x' }, { container_name: 'x' }, 'container x'],
  ['one port', { ports: ['80:80'] }, { ports: ['80:81'] }, 'port :80/tcp'],
  [
    'one port in two ways',
    { ports: ['8080:1'] },
    { ports: [{ published: 8080 }] },
    'port :8080/tcp',
  ],
  ['ports of two protocols', { ports: ['80:80'] }, { ports: ['80:80/udp'] }, undefined],
  ['ports that the engine chooses', { ports: ['80'] }, { ports: ['80'] }, undefined],
  ['one range to choose from', { ports: ['80-89:80'] }, { ports: ['80-89:80'] }, undefined],
  ['one port in two ranges', { ports: ['80-81:80-81'] }, { ports: ['81:1'] }, 'port :81/tcp'],
  ['nothing in common', {}, { container_name: 'x' }, undefined],
])('services with %s', (_case, one, other, over) => {
  const both = project({ cpu: service(['cpu'], one), gpu: service(['gpu'], other) });
  expect(clashes(both).map((clash) => clash.over)).toEqual(over === undefined ? [] : [over]);
  expect([...alternatives(both)]).toEqual(
    over === undefined
      ? []
      : [
          ['cpu', ['gpu']],
          ['gpu', ['cpu']],
        ],
  );
  expect(clashes(both, ['cpu'])).toEqual([]);
});

test('services that one profile starts together are no alternatives, nor are those without any', () => {
  const name = { container_name: 'x' };
  expect(alternatives(project({ a: service(['p', 'q'], name), b: service(['p'], name) }))).toEqual(
    new Map(),
  );
  expect(alternatives(project({ a: { image: 'a', ...name }, b: service(['p'], name) }))).toEqual(
    new Map(),
  );
});
