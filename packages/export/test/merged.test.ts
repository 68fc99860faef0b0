// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files

import { parseResolved } from '@bundle/compose';
import { composeText, portableCompose } from '../src/application/merged.ts';
import { recorded } from './recorded.ts';

const folder = '/project/shop';
const values = new Map([['API_KEY', 'canary-of-dotenv']]);
const lookup = (name: string): string | undefined => values.get(name);

describe.each(['2.40', '2.26'])('several files merged by Compose %s', (version) => {
  const project = parseResolved(recorded(`compose-${version}.resolved`), 'compose.yaml');
  const text = composeText(
    portableCompose(recorded(`compose-${version}.written`), project, folder, lookup),
  );

  it('keep their variables but not the values', () => {
    expect(text).toContain('KEY=${API_KEY}');
    expect(text).toContain('- MODE\n');
    expect(text).toContain('PRICE=$$5');
    expect(text).toContain('image: nginx:${NGINX_TAG:-1.27}');
    expect(text).not.toContain('canary');
  });

  it('keep the names of their env files, including that of an included file', () => {
    expect(text).toContain('path: web.env');
    expect(text).toContain('path: base/log.env');
  });

  it('do not contain folders of this machine', () => {
    expect(text).not.toContain('/project');
    expect(text).not.toContain('/home/somebody');
    expect(text).toContain('source: ~/dump');
    expect(text).toContain('source: /etc/localtime');
    expect(text).toContain('source: base/log.conf');
  });
});

it('a mount that begins with a variable still mounts a folder', () => {
  const project = parseResolved(recorded('compose-2.40.resolved'), 'compose.yaml');
  const merged = portableCompose(recorded('compose-2.40.written'), project, folder, lookup);
  expect(merged.services['web']?.volumes).toContainEqual({
    type: 'bind',
    source: '${DATA_DIR:-./data}',
    target: '/var/lib/shop',
    bind: { create_host_path: true },
  });
});

it('a mount that an older Compose split in the wrong place is refused, with advice', () => {
  const project = parseResolved(recorded('compose-2.40.resolved'), 'compose.yaml');
  expect(() =>
    portableCompose(recorded('compose-2.26.broken-mount'), project, folder, lookup),
  ).toThrow(/service web: .*long form/);
});

it('words with a special meaning in YAML 1.1 are quoted', () => {
  const text = composeText({ services: { a: { command: ['yes', '12:30', '0777', 'on'] } } });
  expect(text).toContain('- "yes"\n      - "12:30"\n      - "0777"\n      - "on"\n');
});

it.each([undefined, 'text', {}, { services: { web: { volumes: [{ type: 'bind' }] } } }])(
  'output of the plugin that is not a project, %j, is reported as such, not as an internal error',
  (merged) => {
    const project = parseResolved(recorded('compose-2.40.resolved'), 'compose.yaml');
    expect(() => portableCompose(merged, project, folder, lookup)).toThrow(
      expect.objectContaining({ code: 'compose-invalid' }),
    );
  },
);
