import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, hexOf } from '@bundle/format';
import { deploymentPlacesOf, releaseName } from '@bundle/host';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { deployToHosts } from '../src/deploy/deploy.ts';
import type { DeployOptions } from '../src/deploy/types.ts';
import type { Host } from '../src/hosts/host.ts';
import { StandInHosts } from './ssh-stand-in.ts';

const { product } = sampleManifest();
const inventory = JSON.stringify({
  kind: 'bundle-inventory',
  schemaVersion: 1,
  platform: sampleManifest().platform,
  engine: { version: '28', store: 'graph-driver' },
  releases: [],
  layers: [],
});

let hosts: StandInHosts;
let opened: OpenedBundle;
let ours: string;

beforeEach(async () => {
  hosts = await StandInHosts.make();
  const bundle = join(hosts.folder, 'bundle');
  await writeSampleBundle(bundle, sampleManifest());
  opened = await openManifest(bundle);
  ours = releaseName(opened.manifest, opened.digest);
});

afterEach(() => hosts.remove());

/** Makes a host whose command answers as the application is; `other` is run for all that changes it. */
async function addHost(name: string, release: string | undefined, other: string): Promise<Host> {
  const command = await hosts.add(
    name,
    `here=${join(hosts.folder, name)}
case $1 in
--version) echo 1.0; exit;;
inventory) echo '${inventory}'; exit;;
status) cat "$here/status"; exit;;
esac
echo "$*" >>"$here/calls"
${other}`,
  );
  await setStatus(name, release);
  return { name, command, stateDir: join(hosts.folder, name, 'state') };
}

async function setStatus(name: string, release: string | undefined, file = 'status') {
  const instances = release === undefined ? [] : [{ name: product, state: 'running', release }];
  await writeFile(join(hosts.folder, name, file), JSON.stringify({ instances }));
}

async function callsOn(name: string): Promise<string> {
  const file = join(hosts.folder, name, 'calls');
  return existsSync(file) ? readFile(file, 'utf8') : '';
}

const hostsFile = '/hosts.yaml';

/** Writes what a deployment left that ended while its hosts rolled back. */
async function writeReturning(names: Readonly<Record<string, string | null>>): Promise<void> {
  const key = hexOf(digestOf(Buffer.from(`${hostsFile}\n${product}`))).slice(0, 16);
  const { folder, journal } = deploymentPlacesOf(join(hosts.folder, 'own'), key);
  await mkdir(folder, { recursive: true });
  const entry = (before: string | null) => ({
    before,
    wasThere: before !== null,
    state: 'deployed',
  });
  const document = {
    ...{
      kind: 'bundle-deployment',
      schemaVersion: 1,
      id: '0123456789abcdef',
      digest: opened.digest,
    },
    ...{ release: ours, state: 'returning', began: new Date().toISOString() },
    hosts: Object.fromEntries(Object.entries(names).map(([name, one]) => [name, entry(one)])),
  };
  await writeFile(journal, JSON.stringify(document));
}

function deploy(chosen: readonly Host[], more: Partial<DeployOptions> = {}) {
  return deployToHosts({
    ...{
      opened,
      hosts: chosen,
      knownHosts: chosen,
      hostsFile,
      stateDir: join(hosts.folder, 'own'),
    },
    ...{ parallel: 2, canary: 0, startWords: [], rollbackWords: [], settings: {}, busySeconds: 1 },
    ...{ version: '1.0', dryRun: false, env: hosts.env },
    onProgress: () => undefined,
    onLine: () => undefined,
    signal: new AbortController().signal,
    now: () => new Date(),
    ...more,
  });
}

test('a connection that ends after the release started is no failure: the host says that it runs', async () => {
  const host = await addHost(
    'web',
    undefined,
    `[ -f "$2" ] || { echo '{"error": {"code": "input-unreadable", "message": "no such file"}}'; exit 20; }
cp "$here/later" "$here/status"; rm -f "$2"; kill -9 $PPID`,
  );
  await setStatus('web', ours, 'later');
  const report = await deploy([host]);
  expect(report.hosts).toMatchObject([{ host: 'web', outcome: 'deployed' }]);
  expect(report.outcome).toBe('deployed');
});

describe('ending a deployment that was rolling back', () => {
  const before = `0.9-${'a'.repeat(12)}`;
  const back = 'cp "$here/later" "$here/status"; echo "{}"';

  test('reaches a host as its file says, where --limit names another', async () => {
    const one = await addHost('one', ours, back);
    const two = await addHost('two', ours, back);
    await setStatus('two', before, 'later');
    await writeReturning({ two: before });
    await deploy([one], { knownHosts: [one, two] });
    expect(await callsOn('two')).toContain(`--state-dir ${two.stateDir}`);
  });

  test('leaves a release alone that somebody else deployed meanwhile', async () => {
    const host = await addHost('web', `2.0-${'b'.repeat(12)}`, back);
    await writeReturning({ web: null });
    await deploy([host], { confirm: async () => false });
    expect(await callsOn('web')).toBe('');
  });

  test('begins nothing new where a host cannot be brought back, and tries again the next time', async () => {
    const host = await addHost(
      'web',
      ours,
      `echo '{"error": {"code": "engine-unreachable", "message": "down"}}'; exit 30`,
    );
    await writeReturning({ web: before });
    for (const _ of [1, 2]) await expect(deploy([host])).rejects.toThrow(/web: bringing back/);
    expect(await callsOn('web')).not.toContain('import');
  });

  test('passes over a host that the file no longer names', async () => {
    const host = await addHost('web', ours, back);
    await addHost('gone', ours, back);
    await writeReturning({ gone: before });
    expect((await deploy([host])).outcome).toBe('already running');
    expect(await callsOn('gone')).toBe('');
  });
});

test('no value of a setting is in the list of processes, and the file that has it is gone afterwards', async () => {
  const host = await addHost(
    'web',
    undefined,
    'cp "$here/later" "$here/status"; while [ "$1" != --env-file ]; do shift; done; cp "$2" "$here/got"',
  );
  await setStatus('web', ours, 'later');
  const settings = { PASSWORD: 'hunter2 $x', 'app.env:TOKEN': "it's\n" };
  const report = await deploy([{ ...host, settings: { LEVEL: 'debug' } }], { settings });
  expect(report.outcome).toBe('deployed');
  expect(await callsOn('web')).not.toMatch(/hunter2|it's|debug/);
  const got = JSON.parse(await readFile(join(hosts.folder, 'web/got'), 'utf8'));
  expect(got).toEqual({ ...settings, LEVEL: 'debug' });
  expect(await readdir(join(hosts.folder, 'web/state/_deploy'))).toEqual([]);
});

describe('settings given for a release that runs already', () => {
  /** Makes a host that runs the release, and would get other settings, or not. */
  const running = async (name: string, isOther: boolean, onImport: string): Promise<Host> => {
    const files = isOther ? '[{"path": ".env"}]' : '[]';
    const host = await addHost(
      name,
      ours,
      `case $* in
up*--dry-run*) echo '{"plan": {"settings": {"files": ${files}}}}'; exit;;
import*) ${onImport};;
esac
echo "{}"`,
    );
    return { ...host, settings: { LEVEL: 'debug' } };
  };

  test('are applied where they differ, and nothing is done where they do not', async () => {
    const one = await running('one', true, ':');
    const two = await running('two', false, ':');
    const report = await deploy([one, two]);
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['deployed', 'already running']);
    expect(await callsOn('one')).toContain('import ');
    expect(await callsOn('two')).not.toContain('import ');
  });

  test('are named by a preview, which changes nothing', async () => {
    const chosen = [await running('one', true, ':'), await running('two', false, ':')];
    const { outcome, plan } = await deploy(chosen, { dryRun: true });
    expect(outcome).toBe('previewed');
    expect(plan?.hosts.map(({ action }) => action)).toEqual(['new settings', 'already running']);
    expect(await callsOn('one')).not.toContain('import');
  });

  test('are taken back on every host where one does not run with them', async () => {
    const one = await running('one', true, ':');
    const fails = `echo '{"error": {"code": "release-unhealthy", "message": "web is unhealthy"}}'; exit 87`;
    const two = await running('two', true, fails);
    const report = await deploy([one, two], { canary: 1 });
    expect(report.hosts.map(({ outcome }) => outcome)).toEqual(['returned', 'failed']);
    expect(await callsOn('one')).toContain(`rollback sha256:${ours.slice(-12)}`);
    // That host restored its settings itself.
    expect(await callsOn('two')).not.toContain('rollback');
  });
});

test('a host may have the name of something that every object has', async () => {
  const host = await addHost('constructor', undefined, 'cp "$here/later" "$here/status"');
  await setStatus('constructor', ours, 'later');
  const report = await deploy([host]);
  expect(report.outcome).toBe('deployed');
  const { hosts: journal } = JSON.parse(await readFile(report.journal, 'utf8'));
  expect(journal.constructor).toEqual({ before: null, wasThere: false, state: 'deployed' });
});
