import { proxyFor } from '../src/proxy.ts';

const proxies = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:2' };

test.each<[host: string, exceptions: string, isDirect: boolean]>([
  ['registry.corp.example', '', false],
  ['registry.corp.example', 'corp.example', true],
  ['corp.example', 'corp.example', true],
  ['registry.corp.example', '.corp.example', true],
  ['registry.corp.example', '*.corp.example', true],
  ['corp.example', '.corp.example', false],
  ['mycorp.example', 'corp.example', false],
  ['REGISTRY.corp.example', 'x, Corp.Example ,y', true],
  ['registry.corp.example:5000', 'corp.example', true],
  ['registry.corp.example:5000', 'corp.example:5000', true],
  ['registry.corp.example:5000', 'corp.example:5001', false],
  ['registry.corp.example', 'corp.example:443', true],
  ['registry.corp.example', '*', true],
  ['10.1.2.3:5000', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['registry.corp.example', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3:5000', '10.1.2.3:5000', true],
  ['10.1.2.3:5000', '10.1.2.3:80', false],
  ['110.1.2.3', '10.1.2.3', false],
  ['[fd00::1]:5000', 'fd00::/8', true],
  ['[fd00::1]:5000', 'fd00:0::1', true],
  ['[fd00::1]:5000', '[fd00::1]:5000', true],
  ['[fd00::1]:5000', '[fd00::1]:80', false],
  ['registry.corp.example', ':443,,nonsense/8', false],
  ['localhost:5000', '', true],
  ['127.0.0.9', '', true],
  ['[::1]:5000', '', true],
])('%s with NO_PROXY=%s is reached without the proxy: %s', (host, exceptions, isDirect) => {
  const url = new URL(`https://${host}/v2/`);
  const expected = isDirect ? undefined : 'http://secure:2';
  expect(proxyFor(url, { ...proxies, NO_PROXY: exceptions })).toBe(expected);
  expect(proxyFor(url, { ...proxies, no_proxy: exceptions })).toBe(expected);
});

test.each<[Record<string, string>, string | undefined]>([
  [proxies, 'http://plain:1'],
  [{ HTTPS_PROXY: 'http://secure:2' }, undefined],
  [{ http_proxy: 'proxy.example:3128' }, 'http://proxy.example:3128'],
  [{ http_proxy: 'me:word@proxy.example:3128' }, 'http://me:word@proxy.example:3128'],
  [{ http_proxy: 'proxy.example' }, 'http://proxy.example'],
  [{ HTTP_PROXY: '', http_proxy: 'https://proxy.example' }, 'https://proxy.example'],
])('%j has the proxy %s for a registry without TLS', (env, expected) => {
  expect(proxyFor(new URL('http://registry.example/v2/'), env)).toBe(expected);
});

test('a proxy that is no address is an error that does not repeat it', () => {
  const env = { HTTP_PROXY: 'http://me:secret@' };
  const choose = () => proxyFor(new URL('http://registry.example/'), env);
  expect(choose).toThrow(expect.objectContaining({ code: 'usage' }));
  expect(choose).not.toThrow(/secret/);
});
