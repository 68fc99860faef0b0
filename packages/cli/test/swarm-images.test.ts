import { type BundleManifest, digestOf } from '@bundle/format';
import { nodeImages } from '../src/commands/deploy/swarm-images.ts';

const digest = digestOf(Buffer.from('image'));
const image = { reference: 'shop/api:1.0', services: ['api'], manifestDigest: digest };
/** Only the names of images matter here. */
const manifest = { images: [image] } as unknown as BundleManifest;

test.each([
  ['registry', '10.0.0.5:5000/team', '10.0.0.5:5000/team/shop/api'],
  ['registry', '[fd00::5]:5000/team', '[fd00::5]:5000/team/shop/api'],
  ['fromServe', '10.0.0.5:5000', '10.0.0.5:5000/shop/api'],
  ['fromServe', '[fd00::5]:5000', '[fd00::5]:5000/shop/api'],
])('with %s %s the nodes pull %s', (option, address, name) => {
  expect(nodeImages(manifest, { [option]: address }, undefined)).toEqual({
    [image.reference]: `${name}:1.0@${digest}`,
  });
});

test.each(['fd00::5:5000', '10.0.0.5', '10.0.0.5:5000/x', 'http://10.0.0.5:5000'])(
  'a server at %s is refused',
  (fromServe) => {
    expect(() => nodeImages(manifest, { fromServe }, undefined)).toThrow('HOST:PORT');
  },
);
