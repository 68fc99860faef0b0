import { parseResolved } from '@bundle/compose';
import { instanceOf, type Release } from '@bundle/host';
import { resolvedPermissions } from '../src/up/consent.ts';

const folder = '/no/state/shop/releases/1.0';
const release = { instance: instanceOf('/no/state', 'shop'), folder } as Release;

/** Returns what a release is asked for that binds a volume to this folder, as Compose resolved it. */
const asked = async (driver_opts: object): Promise<string[]> => {
  const services = { api: { image: 'api:1', volumes: ['v:/v'] } };
  const project = parseResolved(
    { name: 'shop', services, volumes: { v: { driver_opts } } },
    'a.yml',
  );
  return (await resolvedPermissions(release, project)).map(
    ({ kind, detail }) => `${kind} ${detail}`,
  );
};

test('a folder of the release that a volume is bound to is not the host’s', async () => {
  expect(await asked({ type: 'none', o: 'bind', device: `${folder}/data` })).toEqual([]);
});

test('a folder that Compose leaves relative is the host’s: the engine takes it from the root', async () => {
  expect(await asked({ type: 'none', o: 'rbind,rw', device: 'etc' })).toEqual(['host-path etc']);
});
