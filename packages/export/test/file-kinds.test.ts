import { kindOf } from '../src/application/file-kinds.ts';

const binary = Buffer.from([1, 0, 2, 0]);
const text = Buffer.from('a = b\n');

it.each<[string, Buffer, boolean]>([
  ['app.conf', text, false],
  ['logo.png', binary, false],
  ['agent.jar', binary, false],
  ['tool', Buffer.from('\x7fELF\0\0', 'latin1'), false],
  ['PG_VERSION.dat', binary, true],
  ['base/1/1259', binary, true],
  ['app.db', text, true],
  ['anything', Buffer.from('SQLite format 3\0', 'latin1'), true],
  ['app.sqlite3-wal', text, true],
  ['access.log', text, true],
  ['yarn.lock', text, false],
  ['dump.sql', text, false],
])('tells whether an application wrote %s', (file, head, expected) => {
  expect(kindOf(`/p/${file}`, head).isWritten).toBe(expected);
});

const pem = (kind: string): string => `-----BEGIN ${kind}-----\nMIIE\n-----END ${kind}-----\n`;

it.each<[string, string, boolean]>([
  ['key.pem', pem('PRIVATE KEY'), true],
  ['key.txt', pem('RSA PRIVATE KEY'), true],
  ['key', pem('ENCRYPTED PRIVATE KEY'), true],
  ['id_ed25519', pem('OPENSSH PRIVATE KEY'), true],
  ['secring.asc', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n', true],
  ['crlf.pem', pem('EC PRIVATE KEY').replaceAll('\n', '\r\n'), true],
  ['fullchain.pem', `${pem('CERTIFICATE')}${pem('PRIVATE KEY')}`, true],
  ['gcp.json', '{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE\\n"}', true],
  ['host.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\n', true],
  ['age.txt', `# public key\nAGE-SECRET-KEY-1${'Q'.repeat(58)}\n`, true],
  ['store.p12', 'anything', true],
  ['cert.pem', pem('CERTIFICATE'), false],
  ['id_ed25519.pub', 'ssh-ed25519 AAAA me\n', false],
  ['public.pem', pem('PUBLIC KEY'), false],
  ['parse.js', "if (text.startsWith('-----BEGIN PRIVATE KEY-----')) parse(text);\n", false],
  ['README.md', 'Paste what stands after BEGIN PRIVATE KEY.\n', false],
])('tells whether %s contains a private key', (file, content, expected) => {
  expect(kindOf(`/p/${file}`, Buffer.from(content)).isPrivateKey).toBe(expected);
});
