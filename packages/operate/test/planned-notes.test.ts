import type { Lookup } from '@bundle/compose';
import { plannedNotes } from '../src/swarm/planned-notes.ts';
import { plannedProject } from '../src/swarm/planned-project.ts';

const notesOf = (compose: string, lookup: Lookup) => plannedNotes(plannedProject(compose, lookup));

const compose = `services:
  web:
    image: shop/web:1
    depends_on: {api: {condition: service_started}}
    ports: [{target: 80, published: "\${PORT:?}", host_ip: "\${ADDRESS-127.0.0.1}"}]
  api: {image: "shop/api:1", privileged: true, restart: always}
  debug: {image: "shop/debug:1", profiles: [debug], network_mode: host}
`;

test('what a stack will not have is known before any setting is written', () => {
  expect(notesOf(compose, () => undefined)).toEqual([
    { service: 'web', fields: ['depends_on', expect.stringContaining('ports')] },
    { service: 'api', fields: ['privileged'] },
  ]);
});

test('settings decide what it is', () => {
  const values: Record<string, string> = { ADDRESS: '', PORT: '80', COMPOSE_PROFILES: 'debug' };
  const fields = notesOf(compose, (name) => values[name]);
  expect(fields.map(({ service }) => service)).toEqual(['web', 'api', 'debug']);
  expect(fields[0]?.fields).toEqual(['depends_on']);
});

test.each([
  ['127.0.0.1:8099:80', ['ports 127.0.0.1:8099:80']],
  ['8000-8002:80', ['ports 8000-8002:80']],
  ['[::1]:80:80/udp', ['ports ::1:80:80']],
  ['8000-8002:80-82', undefined],
  ['0.0.0.0:80:80', undefined],
  ['80', undefined],
])('of the short port %s', (port, fields) => {
  const text = JSON.stringify({ services: { web: { image: 'shop/web:1', ports: [port] } } });
  expect(notesOf(text, () => undefined)[0]?.fields).toEqual(fields);
});

test.each(['', '[]', 'services: 7', 'services: {web: {ports: 7}}'])('%j has none', (text) => {
  expect(notesOf(text, () => undefined)).toEqual([]);
});
