import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, offlineEngines, onEngine, printedBy } from '@bundle/testkit';
import { ending, packRelease, pageImage } from './small-app.ts';

// A host where nobody has the bundle command.

const images = [pageImage('docker-load/one:1', 'one'), pageImage('docker-load/two:1', 'two')];
const references = images.map(({ reference }) => reference);
let work: string;
let bundle: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'docker-load-'));
  const services = references.map((reference, n) => `s${n}: { image: "${reference}" }`);
  const mounted = 'm: { image: "docker-load/one:1", volumes: ["./页 面:/www:ro"] }';
  const compose = `services: { ${[...services, mounted].join(', ')} }\n`;
  // Docker's own reader of archives has to pass over names of every kind.
  const files = { '页 面/é (1).html': 'short', [`页 面/${'很'.repeat(80)}`]: 'long' };
  bundle = await packRelease(work, {
    product: 'docker-load',
    version: '1',
    images,
    compose,
    files,
  });
});
afterAll(async () => {
  for (const engine of ['connected', ...offlineEngines] as const) {
    await docker(engine, 'rmi', '-f', ...references);
  }
  await rm(work, { recursive: true, force: true });
});

test.each(offlineEngines)(
  'docker load of a single-file bundle loads its images on %s',
  async (engine) => {
    await docker(engine, 'rmi', '-f', ...references);
    const { stdout } = await ending(0, onEngine(engine, ['docker', 'load', '-i', bundle]));
    for (const reference of references) expect(stdout).toContain(`Loaded image: ${reference}`);
    const page = await printedBy(engine, references[1] ?? '', 'cat', '/www/index.html');
    expect(page).toBe('two');
  },
);
