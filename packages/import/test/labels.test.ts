import { carriedMounts } from '@bundle/compose';
import { instanceOf } from '@bundle/host';
import { sampleManifest } from '@bundle/testkit';
import { unlabelledMounts } from '../src/preflight/labels.ts';

const instance = instanceOf('/state', 'shop');
const folder = '/state/shop/releases/1';
const file = { size: 1, sha256: '0'.repeat(64) };
const manifest = { ...sampleManifest(), files: [{ ...file, path: 'conf/app.conf' }] };

/** Returns the paths that SELinux keeps from a service with these lines in its Compose file. */
function refused(service: string): string[] {
  const text = `services: {web: {image: web, ${service}}}\nvolumes: {data: {}}`;
  const mounts = carriedMounts([{ path: 'compose.offline.yml', text }], folder, () => undefined);
  return unlabelledMounts({ instance, folder, manifest }, mounts);
}

const conf = `${folder}/conf`;

test.each([
  ['a packed folder', 'volumes: ["./conf:/conf"]', [conf]],
  ['a packed folder, twice', 'volumes: ["./conf:/conf:ro", "./conf:/other"]', [conf]],
  ['a long form', 'volumes: [{type: bind, source: ./conf, target: /conf}]', [conf]],
  ['what the host keeps', 'volumes: ["./data:/data:rw"]', ['/state/shop/mounts/data']],
  ['other modes', 'volumes: ["./conf:/conf:ro,rslave,cached"]', [conf]],
  ['a profile of AppArmor', 'volumes: ["./conf:/conf"], security_opt: ["apparmor:zap"]', [conf]],
])('%s needs a label', (_, service, expected) => {
  expect(refused(service)).toEqual(expected);
});

test.each([
  ['z', 'volumes: ["./conf:/conf:z"]'],
  ['Z among other modes', 'volumes: ["./conf:/conf:ro,Z"]'],
  [
    'a long form with a label',
    'volumes: [{type: bind, source: ./conf, target: /c, bind: {selinux: z}}]',
  ],
  [
    'a path of the host, which a label could break',
    'volumes: ["/etc/localtime:/etc/localtime:ro"]',
  ],
  ['a volume of the engine', 'volumes: ["data:/data"]'],
  ['a privileged service', 'privileged: true, volumes: ["./conf:/conf"]'],
  ['a service without labels', 'security_opt: ["label:disable"], volumes: ["./conf:/conf"]'],
  ['the other way to write that', 'security_opt: ["label=disable"], volumes: ["./conf:/conf"]'],
  ['a service without mounts', 'command: z'],
])('%s needs no label', (_, service) => {
  expect(refused(service)).toEqual([]);
});
