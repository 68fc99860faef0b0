import { isChecksumList, isSignature, parseChecksumList } from '../src/checksum-list.ts';

const sum = 'ab'.repeat(32);
const parse = (text: string | Buffer, alone?: string) =>
  parseChecksumList(Buffer.isBuffer(text) ? text : Buffer.from(text), alone);

test.each<[string, string | Buffer]>([
  ['of sha256sum', `${sum}  api image.tar\n`],
  ['of sha256sum in binary mode', `${sum} *api image.tar\n`],
  ['with the line ends of Windows', `# made on Windows\r\n${sum}  api image.tar\r\n`],
  ['with ./ before the names', `${sum}  ./api image.tar\n`],
  ['in capitals', `${sum.toUpperCase()}  api image.tar\n`],
  ['with a tab', `${sum}\tapi image.tar`],
  ['as the BSDs write it', `SHA256 (api image.tar) = ${sum}\n`],
  ['as openssl writes it', `SHA2-256(api image.tar)= ${sum}\n`.replace('SHA2-', 'SHA')],
  ['in the UTF-16 of PowerShell', Buffer.from(`\ufeff${sum}  api image.tar\r\n`, 'utf16le')],
])('a list %s is read', (_, text) => {
  expect(parse(text)).toEqual({
    sums: [expect.objectContaining({ path: 'api image.tar', sha256: sum })],
    problems: [],
  });
});

test('of a clear-signed list the signed text is read, with its own line numbers', () => {
  const list = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

${sum}  api.tar
- -----odd
- ${sum}  web.tar
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
=abcd
-----END PGP SIGNATURE-----
`;
  for (const text of [list, list.replaceAll('\n', '\r\n')])
    expect(parse(text)).toEqual({
      sums: [
        { path: 'api.tar', sha256: sum, line: 4 },
        { path: 'web.tar', sha256: sum, line: 6 },
      ],
      problems: ['line 5: neither a sum nor a comment'],
    });
});

test('a detached signature beside a list is told from the list', () => {
  expect(isSignature(Buffer.from('-----BEGIN PGP SIGNATURE-----\n\niQEz'))).toBe(true);
  expect(isSignature(Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n'))).toBe(false);
});

test('a name in the encoding of Chinese Windows is read', () => {
  const name = Buffer.from([0xba, 0xf3, 0xb6, 0xcb]);
  const text = Buffer.concat([Buffer.from(`${sum}  `), name, Buffer.from('.tar\r\n')]);
  expect(parse(text).sums).toMatchObject([{ path: '后端.tar' }]);
});

test('a name that sha256sum has escaped is read', () => {
  expect(parse(`\\${sum}  a\\nb\\\\c.tar\n`).sums).toMatchObject([{ path: 'a\nb\\c.tar' }]);
});

test('a sum alone belongs to the file beside which it lies', () => {
  expect(parse(`${sum}\n`, 'api.tar').sums).toMatchObject([{ path: 'api.tar' }]);
  expect(parse(`${sum}\n`).problems).toEqual(['line 1: a sum without the name of a file']);
});

test.each([
  [`${'a'.repeat(32)}  api.tar`, 'line 1: a sum of MD5, and only SHA-256 is checked'],
  [`MD5 (api.tar) = ${'a'.repeat(32)}`, 'line 1: a sum of MD5, and only SHA-256 is checked'],
  [`${'a'.repeat(128)}  api.tar`, 'line 1: a sum of SHA-512, and only SHA-256 is checked'],
  [`${'a'.repeat(63)}  api.tar`, 'line 1: a sum of 63 digits'],
  ['api.tar', 'line 1: neither a sum nor a comment'],
  [`SHA3-256 (api.tar) = ${sum}`, 'line 1: a sum of SHA3-256'],
])('%s is refused with the reason', (text, problem) => {
  expect(parse(text)).toEqual({ sums: [], problems: [problem] });
});

test.each([
  ['checksums.sha256', true],
  ['SHA256SUMS', true],
  ['sha256sum.txt', true],
  ['checksums.txt', true],
  ['checksums.md5', true],
  ['api.tar.sha256', true],
  ['MD5SUMS', true],
  ['api.tar', false],
  ['checksum.py', false],
  ['notes.txt', false],
])('%s is a checksum list: %s', (name, expected) => {
  expect(isChecksumList(name)).toBe(expected);
});

test.each([
  ['spaces in a name', `${sum}  x${' '.repeat(1_000_000)}y`],
  ['spaces before a line separator', `${sum}${' '.repeat(1_000_000)}\u2028y`],
  ['closing brackets', `SHA256 (${')'.repeat(1_000_000)} = x`],
])('a million %s hold nothing up', (_, text) => {
  const before = process.cpuUsage();
  parse(text);
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});
