// Targets of scripts/mutants that a host keeps for itself, and that somebody writes for the command.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { parseConfig } from '../../packages/cli/dist/config/parse.js';
import { fileSettings } from '../../packages/cli/dist/shared/settings.js';
import { readHosts } from '../../packages/fleet/dist/index.js';
import { digestOf } from '../../packages/format/dist/digest-of.js';
import { kitPaths, packedPlugins, pluginDigests } from '../../packages/format/dist/index.js';
import {
  carriedPlugin,
  instanceOf,
  kitPlacesOf,
  placesOf,
  readAllowed,
  readJournal,
  readRebuilds,
  readSeen,
  readStackFile,
  recorded,
  reportHistory,
  seenPlace,
  takeReceipt,
} from '../../packages/host/dist/index.js';
import { mutateBytes, mutateText } from '../../packages/testkit/dist/index.js';

const time = '2026-01-01T00:00:00.000Z';
const digest = `sha256:${'a'.repeat(64)}`;
const release = `1.0-${'a'.repeat(12)}`;
const now = new Date(time);

/** `refused` is the result of a run that refuses without an error. */
export async function hostTargets(work, { refused }) {
  const at = (name) => join(work, 'host', name);
  const put = (file, bytes) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return file;
  };
  return [
    await logTarget(at('log'), put, refused),
    stateTarget(at('state'), put),
    pluginTarget(at('plugin'), put),
    hostsTarget(at, put),
    writtenTarget(at, put, refused),
  ];
}

async function logTarget(stateDir, put, refused) {
  const onUnrecorded = (error) => {
    throw error;
  };
  const fact = { instance: 'shop', product: 'shop', version: '1.0', sequence: 5, digest };
  for (const action of ['import', 'up', 'import', 'prune'])
    await recorded(stateDir, { action, ...fact }, { onUnrecorded }, async () => undefined);
  const file = join(stateDir, '_history/log.jsonl');
  const log = readFileSync(file);
  return {
    name: 'log of a host',
    share: 2,
    run: async (below) => {
      const changed = below(3) === 0 ? moveLines(log, below) : mutateText(log, below);
      put(file, changed);
      const { broken, isTorn } = await reportHistory(stateDir, 20);
      const { history } = await takeReceipt(stateDir, 'plant-3', now);
      if (history.intact === (broken !== undefined)) return 'history and receipt do not agree';
      if (broken !== undefined || isTorn) return refused;
      // No entry has the digest of the last one yet, and only a receipt tells that the end is missing.
      const all = changed.toString('latin1').replace(/\n$/, '').split('\n').slice(0, -1);
      return log.toString('latin1').startsWith(all.map((line) => `${line}\n`).join(''))
        ? undefined
        : 'a changed log was taken for whole';
    },
  };
}

/** Leaves out a line, puts one in twice, or changes the places of two. */
function moveLines(log, below) {
  const lines = log.toString().trimEnd().split('\n');
  const [one, other] = [below(lines.length), below(lines.length)];
  const kind = below(3);
  if (kind === 0) lines.splice(one, 1);
  else if (kind === 1) lines.splice(other, 0, lines[one]);
  else [lines[one], lines[other]] = [lines[other], lines[one]];
  return Buffer.from(`${lines.join('\n')}\n`);
}

function stateTarget(stateDir, put) {
  const shop = instanceOf(stateDir, 'shop');
  const { journal, allowed, stack } = placesOf(shop);
  const folder = join(stateDir, release);
  const rebuilt = { imageId: digest, source: digest, previous: { name: 'a:1', imageId: digest } };
  const since = { release, since: time };
  const pending = { action: 'up', from: null, to: release, step: 'start' };
  const documents = [
    [
      journal,
      {
        ...{ schemaVersion: 1, product: 'shop', running: since, failed: [] },
        pending: { ...pending, backup: null, restore: null, began: time },
        history: [{ ...since, backup: null }],
      },
    ],
    [allowed, { schemaVersion: 1, allowed: ['api privileged', 'api host-path /'] }],
    [stack, { schemaVersion: 1, releases: { [release]: { 'a:1': `a@${digest}` } } }],
    [
      join(folder, 'rebuilds.json'),
      { schemaVersion: 1, images: [{ reference: 'a:1', services: ['a'], results: [rebuilt] }] },
    ],
    [
      seenPlace(stateDir, 'shop'),
      {
        schemaVersion: 1,
        channels: [{ channel: 'stable', sequence: 5, bundles: [digest] }],
        instances: [{ name: 'shop', channel: 'stable' }],
      },
    ],
  ].map(([file, document]) => [file, Buffer.from(JSON.stringify(document, undefined, 2))]);
  return {
    name: 'state of an application',
    share: 2,
    run: async (below) => {
      const which = below(documents.length);
      for (const [index, [file, bytes]] of documents.entries())
        put(file, index === which ? mutateText(bytes, below) : bytes);
      await readJournal(shop);
      await readAllowed(shop);
      await readStackFile(shop);
      await readRebuilds({ folder });
      await readSeen(stateDir, 'shop', 'fail');
    },
  };
}

function pluginTarget(stateDir, put) {
  const { current } = kitPlacesOf(stateDir);
  const program = Buffer.from('#!/bin/sh\necho Compose\n');
  const packed = zstdCompressSync(program);
  const listed = { path: packedPlugins.compose, size: packed.length };
  const kit = {
    ...{ schemaVersion: 1, kind: 'bundle-kit', version: '1.0.0' },
    platform: { os: 'linux', architecture: 'amd64' },
    plugins: { compose: '2.40.3' },
    files: [
      { path: 'runtime/bundle', size: 1, sha256: 'a'.repeat(64), executable: true },
      { ...listed, sha256: digestOf(packed).slice(7) },
    ],
  };
  return {
    name: 'carried docker plugin',
    share: 1,
    run: async (below) => {
      rmSync(current, { recursive: true, force: true });
      put(join(current, kitPaths.manifest), JSON.stringify(kit));
      put(join(current, packedPlugins.compose), packed);
      const first = await carriedPlugin(stateDir, 'compose');
      const file = [
        join(current, packedPlugins.compose),
        join(current, pluginDigests.compose),
        first,
      ][below(3)];
      put(file, mutateBytes(readFileSync(file), below));
      const found = await carriedPlugin(stateDir, 'compose');
      return readFileSync(found).equals(program) ? undefined : 'a changed program would be started';
    },
  };
}

function hostsTarget(at, put) {
  const own = `defaults: {user: deploy, sudo: true, settings: {A: b}}
hosts:
  shop-1:
  shop-2: {address: 10.0.0.2, port: 2222, settings: {HTTP_PORT: 8081}}
`;
  const ini = `lonely ansible_host=10.0.0.9
[web]
web[01:10:2].example ansible_user=www note="two words"  # part of it
[all:vars]
ansible_port=22
[site:children]
web
`;
  const yaml = `all:
  vars: {ansible_user: everybody}
  hosts: {top: {ansible_host: 10.0.0.1}}
  children:
    web: {hosts: {"web[01:03]": {bundle_state_dir: /srv}}}
`;
  const files = [
    ['hosts.yaml', own],
    ['hosts.ini', ini],
    ['ansible.yaml', yaml],
  ];
  return {
    name: 'file of hosts',
    share: 2,
    run: async (below) => {
      const [name, text] = files[below(files.length)];
      const hosts = await readHosts(put(at(name), mutateText(Buffer.from(text), below)));
      // Each ends up on the command line of ssh.
      const odd = hosts.find(({ name: host, user = 'a', address = 'a' }) =>
        [host, user, address].some((word) => /^-|[^\w.:%@-]/.test(word)),
      );
      return odd === undefined ? undefined : `the host ${JSON.stringify(odd)} was accepted`;
    },
  };
}

function writtenTarget(at, put, refused) {
  const config = `state-dir: /srv/bundle
color: false
parts: [/mnt/a, ~/b]
export: {platform: linux/amd64, split: 4GB}
`;
  const settings = '{"NAME": "value", "app.env:LEVEL": "debug"}';
  const env = 'NAME=value\nOTHER="a b" # why\nTHIRD=$NAME-x\n';
  return {
    name: 'configuration and settings',
    share: 2,
    run: async (below) => {
      const kind = below(3);
      if (kind === 0) {
        const text = mutateText(Buffer.from(config), below).toString();
        return parseConfig(text, 'config.yaml', ['export']).problems.length > 0
          ? refused
          : undefined;
      }
      const [name, text] = kind === 1 ? ['a.json', settings] : ['a.env', env];
      const file = put(at(name), mutateText(Buffer.from(text), below));
      await fileSettings({ cwd: at('.'), env: {} }, { envFile: [file] });
    },
  };
}
