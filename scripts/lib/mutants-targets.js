// What is mutated, and how an accepted mutant is judged. Each `run` returns a fault, returns nothing when the mutant was
// accepted rightly, or throws what a command would report.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readDocuments } from '../../packages/compose/dist/index.js';
import {
  createDockerEngine,
  createLayoutEngine,
  resolveEndpoint,
} from '../../packages/engine/dist/index.js';
import {
  exportBundle,
  planApplication,
  readKnownHosts,
  readSpec,
} from '../../packages/export/dist/index.js';
import { digestOf } from '../../packages/format/dist/digest-of.js';
import { checksumsText, receiptSchema } from '../../packages/format/dist/index.js';
import { readHostTrust } from '../../packages/host/dist/index.js';
import { importBundle } from '../../packages/import/dist/index.js';
import { openBundle, readExtent } from '../../packages/store/dist/index.js';
import {
  makeLayout,
  makeSshKey,
  mutateBytes,
  mutateTar,
  mutateText,
  sshSign,
} from '../../packages/testkit/dist/index.js';
import {
  judgeSignatures,
  parseAllowedSigners,
  signatureNamespace,
} from '../../packages/trust/dist/index.js';
import { integrityError, readReceipts, verifyBundle } from '../../packages/verify/dist/index.js';
import { bundleTargets } from './mutants-bundles.js';
import { documentTargets } from './mutants-documents.js';
import { hostTargets } from './mutants-host.js';

/** Result of a run that refused its mutant without an error. */
export const refused = Symbol('refused');

const exec = promisify(execFile);
const signal = new AbortController().signal;
const quiet = { onProgress: () => undefined, signal };
const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const noPlugin = { version: async () => undefined };
const digest = `sha256:${'a'.repeat(64)}`;

const composeText = `name: shop
x-base: &base {restart: unless-stopped}
services:
  web:
    <<: *base
    image: "shop/web:1"
    environment: {LEVEL: "\${LEVEL:-info}", KEY: "\${KEY:?needed}"}
    ports: ["8080:80", "127.0.0.1:9000-9002:9000-9002"]
    volumes: ["./conf:/conf:ro", "data:/data"]
    depends_on: {db: {condition: service_healthy}}
  db:
    image: shop/db:1
    command: [sh, -c, 'exec db --port $$PORT']
    healthcheck: {test: [CMD, "true"], interval: 5s}
    deploy: {resources: {limits: {cpus: "0.5", memory: 64M}}}
volumes: {data: {}}
`;
const specText = `schemaVersion: 1
product: shop
version: 1.0.0
compose: [compose.yaml]
profiles: [a]
platform: linux/amd64
files: [conf]
allowSecrets: [conf/]
withEnv: [web.env]
pull: never
rebuild: [web]
`;

/** Prepares valid inputs in a folder, and what changes and reads each. */
export async function prepareTargets(work) {
  const at = (name) => join(work, name);
  const put = (name, bytes) => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), bytes);
    return at(name);
  };
  put('project/compose.yaml', composeText);
  put('project/conf/app.conf', 'level = info\n');
  put('project/.env', 'KEY=abc\n');
  const application = {
    composeFiles: [at('project/compose.yaml')],
    extraImages: [],
    extraFiles: [],
    withEnv: [],
  };
  await makeLayout(at('layout'), [
    { reference: 'shop/web:1', layers: [{ text: 'base' }, { text: 'web' }] },
    { reference: 'shop/db:1', layers: [{ text: 'base' }, { text: 'db' }] },
  ]);
  const plan = await planApplication(application, noPlugin, { KEY: 'abc' });
  const pack = (output, more) =>
    exportBundle(createLayoutEngine(at('layout')), plan, {
      ...{ output, format: output.endsWith('.tar') ? 'tar' : 'folder', force: true },
      ...{ version: '1.0', pull: 'never', rebuild: false, ...quiet, ...more },
    });
  const { digest: identity } = await pack(at('shop'), {});
  await pack(at('shop.tar'), {});
  await pack(at('split.tar'), { partBytes: 16 * 1024 });

  const key = await makeSshKey(work, 'ed25519');
  const publicKey = readFileSync(`${key}.pub`, 'utf8');
  const signersText = `shop namespaces="${signatureNamespace}" ${publicKey}`;
  const manifestBytes = readFileSync(at('shop/bundle.json'));
  const signature = Buffer.from(await sshSign(key, signatureNamespace, manifestBytes));
  const trusted = parseAllowedSigners(`shop ${publicKey}`, 'list');
  const now = new Date();

  const folderFiles = new Map(
    [...(await openBundle(at('shop'))).entries.keys()].map((path) => [
      path,
      readFileSync(at(`shop/${path}`)),
    ]),
  );
  const names = [...folderFiles.keys()];
  const verify = async (bundle) => {
    const error = integrityError(await verifyBundle(bundle, quiet));
    if (error !== undefined) throw error;
  };
  /** Every file that a bundle lists must be the one that was packed, if its bundle.json is. */
  const sameFiles = async (bundle) => {
    const { entries } = await openBundle(bundle);
    for (const [path, bytes] of folderFiles) {
      const entry = entries.get(path);
      if (entry === undefined) return `${path} is missing in an accepted bundle`;
      const whole = await readExtent(entry, entry.size, path);
      if (!whole.equals(bytes)) return `${path} was changed in an accepted bundle`;
    }
    return entries.size === folderFiles.size ? undefined : 'an accepted bundle has another file';
  };

  const archive = readFileSync(at('shop.tar'));
  const parts = readdirNames(work, 'split.tar.');
  const list = parts.find((name) => name.endsWith('.json'));
  const layout = new Map(
    ['index.json', 'oci-layout'].map((name) => [name, readFileSync(at(`layout/${name}`))]),
  );
  const [first] = JSON.parse(layout.get('index.json')).manifests;
  const manifestPath = `blobs/sha256/${first.digest.slice(7)}`;
  const configPath = `blobs/sha256/${JSON.parse(readFileSync(at(`layout/${manifestPath}`))).config.digest.slice(7)}`;
  for (const path of [manifestPath, configPath])
    layout.set(path, readFileSync(at(`layout/${path}`)));

  const receipt = Buffer.from(JSON.stringify(sampleReceipt(), null, 1));
  receiptSchema.parse(JSON.parse(receipt));
  const inventory = Buffer.from(JSON.stringify(sampleInventory(), null, 1));
  const engine = await mutantEngine(at('engine.sock'));
  const mutated = (name, bytes, below) => put(name, mutateText(bytes, below));

  const targets = [
    {
      name: 'bundle, single file',
      share: 4,
      run: async (below) => {
        const file = put('mutant.tar', mutateTar(archive, below));
        await verify(file);
        return (await sameFiles(file)) ?? (await sameListing(file));
      },
    },
    {
      name: 'bundle, folder',
      share: 3,
      run: async (below) => {
        const path = names[below(names.length)];
        const before = folderFiles.get(path);
        const file = join(at('shop'), path);
        const bytes = below(2) === 0 ? mutateText(before, below) : mutateBytes(before, below);
        writeFileSync(file, bytes);
        try {
          await verify(at('shop'));
          return bytes.equals(before) ? undefined : `${path} was changed in an accepted bundle`;
        } finally {
          writeFileSync(file, before);
        }
      },
    },
    {
      name: 'bundle, parts',
      share: 2,
      run: async (below) => {
        const name = below(2) === 0 ? list : parts[below(parts.length)];
        const before = readFileSync(at(name));
        const bytes = name === list ? mutateText(before, below) : mutateBytes(before, below);
        writeFileSync(at(name), bytes);
        try {
          await verify(at(list));
          // Times in the archive do not count, so a part may have changed there.
          return await sameFiles(at(list));
        } finally {
          writeFileSync(at(name), before);
        }
      },
    },
    {
      name: 'bundle with digests made again, imported',
      share: 3,
      run: async (below) => {
        const documents = names.filter((path) => /json$|layout$|yml$|env|blobs/.test(path));
        const path = documents[below(documents.length)];
        rmSync(at('again'), { recursive: true, force: true });
        rmSync(at('target'), { recursive: true, force: true });
        rmSync(at('state'), { recursive: true, force: true });
        cpSync(at('shop'), at('again'), { recursive: true });
        writeFileSync(at(`again/${path}`), mutateText(folderFiles.get(path), below));
        madeAgain(at('again'), path);
        const target = createLayoutEngine(at('target'));
        const options = { bundle: at('again'), stateDir: at('state'), dryRun: false, ...quiet };
        await importBundle(target, { ...options, ignore: ['compose'] });
        const { manifests } = JSON.parse(readFileSync(at('target/index.json'), 'utf8'));
        const loaded = manifests.map(({ annotations }) => annotations['io.containerd.image.name']);
        const { images } = JSON.parse(readFileSync(at('again/bundle.json'), 'utf8'));
        const odd = loaded.filter(
          (name) => !images.some(({ reference }) => name.endsWith(reference)),
        );
        return odd.length === 0 ? undefined : `loaded ${odd.join(', ')}`;
      },
    },
    {
      name: 'signature',
      share: 3,
      run: async (below) => {
        const isText = below(2) === 0;
        const text = (isText ? mutateBytes(signature, below) : signature).toString('latin1');
        const message = isText ? manifestBytes : mutateBytes(manifestBytes, below);
        const { signers } = judgeSignatures(message, [text], { trusted, now });
        if (signers === 0) return refused;
        const isSame = message.equals(manifestBytes) && sameArmor(text, signature);
        return isSame ? undefined : 'a changed signature or message was accepted';
      },
    },
    {
      name: 'policy of a host',
      share: 2,
      run: async (below) => {
        const which = below(3);
        const texts = [
          ['_trust/allowed_signers', signersText],
          ['_trust/revoked', `${publicKey}`],
          ['_trust/policy.json', '{"schemaVersion":1,"signers":1}'],
        ];
        for (const [index, [name, text]] of texts.entries()) {
          const bytes = Buffer.from(text);
          put(`policy/${name}`, index === which ? mutateText(bytes, below) : bytes);
        }
        await readHostTrust(at('policy'));
      },
    },
    {
      name: 'receipt',
      share: 2,
      run: async (below) => {
        const file = mutated('receipt.json', receipt, below);
        const { refused } = await readReceipts([file], { revoked: new Set(), required: 0, now });
        if (refused.length > 0) throw refused[0].error;
      },
    },
    {
      name: 'inventory',
      share: 2,
      run: async (below) => {
        const file = mutated('inventory.json', inventory, below);
        await readKnownHosts(undefined, [file], 'shop', platform);
      },
    },
    {
      name: 'spec',
      share: 2,
      run: async (below) => {
        await readSpec(mutated('shop.bundle.yaml', Buffer.from(specText), below));
      },
    },
    {
      name: 'Compose file',
      share: 3,
      run: async (below) => {
        const file = mutated('project/compose.yaml', Buffer.from(composeText), below);
        await readDocuments([file], () => undefined);
        await planApplication(application, noPlugin, { KEY: 'abc' });
      },
    },
    {
      name: 'answers of Docker',
      share: 2,
      run: async (below) => {
        engine.mutateWith(below);
        const docker = await createDockerEngine(engine.endpoint);
        await docker.info();
        await docker.inspectImage('shop/web:1');
      },
    },
    {
      name: 'image layout folder',
      share: 2,
      run: async (below) => {
        const paths = [...layout.keys()];
        const path = paths[below(paths.length)];
        put(`layout/${path}`, mutateText(layout.get(path), below));
        try {
          const folder = createLayoutEngine(at('layout'));
          await folder.info();
          await folder.inspectImage('shop/web:1');
        } finally {
          put(`layout/${path}`, layout.get(path));
        }
      },
    },
    ...(await bundleTargets(work, { plan, platform, quiet })),
    ...(await documentTargets(work, { manifestBytes, platform, quiet, refused })),
    ...(await hostTargets(work, { refused })),
  ];
  await verify(at('shop'));
  if (identity !== digestOf(manifestBytes)) throw new Error('the bundle is not what was packed');
  return { targets, close: engine.close };
}

function readdirNames(folder, start) {
  return readdirSync(folder).filter((name) => name.startsWith(start));
}

/** Corrects the size and digest of a changed file in bundle.json, and then checksums.sha256, as somebody hostile would. */
function madeAgain(folder, path) {
  const place = join(folder, 'bundle.json');
  const sums = join(folder, 'checksums.sha256');
  if (path !== 'bundle.json') {
    const manifest = JSON.parse(readFileSync(place, 'utf8'));
    const bytes = readFileSync(join(folder, path));
    for (const file of manifest.files) {
      if (file.path !== path) continue;
      manifest.sizes.stored += bytes.length - file.size;
      file.size = bytes.length;
      file.sha256 = digestOf(bytes).slice(7);
    }
    writeFileSync(place, `${JSON.stringify(manifest, null, 1)}\n`);
  }
  const whole = readFileSync(place);
  let files;
  try {
    ({ files } = JSON.parse(whole));
    writeFileSync(sums, checksumsText(files, digestOf(whole).slice(7)));
  } catch {
    // A mutant that is not JSON: the old checksums stay.
  }
}

/** Tells whether a signature is the same apart from line breaks, or is there twice. */
function sameArmor(text, original) {
  const bare = (value) => String(value).replace(/\s/g, '');
  return bare(text).replaceAll(bare(original), '') === '' || bare(text).startsWith(bare(original));
}

/** Lists an archive with GNU tar and bsdtar; returns a fault if they differ from what the command reads. */
async function sameListing(file) {
  const own = [...(await openBundle(file)).entries.keys()].join('\n');
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  for (const [program, flags] of [
    ['tar', ['--quoting-style=literal', '-tf', file]],
    [process.env.BUNDLE_BSDTAR ?? 'bsdtar', ['-tf', file]],
  ]) {
    try {
      const { stdout, stderr } = await exec(program, flags, { env });
      if (stderr !== '') return `${program} says ${stderr}`;
      if (stdout.trimEnd() !== own) return `${program} lists ${stdout} and the command ${own}`;
    } catch (error) {
      if (error.code !== 'ENOENT') return `${program} refuses what the command accepts: ${error}`;
    }
  }
  return undefined;
}

function sampleReceipt() {
  const time = '2026-01-01T00:00:00.000Z';
  const release = { instance: 'shop', product: 'shop', version: '1.0', channel: 'stable' };
  return {
    ...{ kind: 'bundle-receipt', schemaVersion: 1, host: 'plant-3', made: time },
    history: { entries: 3, head: digest, intact: true },
    releases: [
      {
        ...release,
        sequence: 5,
        digest,
        imported: time,
        running: time,
        current: true,
        signers: [],
      },
    ],
  };
}

function sampleInventory() {
  return {
    ...{ kind: 'bundle-inventory', schemaVersion: 1, platform },
    engine: { version: '28.5.2', store: 'containerd' },
    releases: [{ product: 'shop', version: '1.0', digest, channel: 'stable', sequence: 5 }],
    layers: [{ chainId: digest, diffId: digest, digest, size: 10, unpackedSize: 20 }],
  };
}

/** A stand-in for Docker, since no real one gives wrong answers: each of its answers may be changed. */
async function mutantEngine(socketPath) {
  let below = () => 1;
  const answers = [
    [
      /\/version$/,
      {
        Version: '28.5.2',
        ApiVersion: '1.51',
        Os: 'linux',
        Arch: 'amd64',
        Components: [{ Name: 'Engine' }],
      },
    ],
    [
      /\/info$/,
      {
        Driver: 'overlay2',
        DockerRootDir: '/var/lib/docker',
        DriverStatus: [['a', 'b']],
        MemTotal: 1e9,
        NCPU: 2,
        Runtimes: { runc: {} },
        Plugins: { Log: ['local'] },
      },
    ],
    [
      /\/images\/.*\/json$/,
      {
        Id: digest,
        RepoTags: ['shop/web:1'],
        Created: '2026-01-01T00:00:00Z',
        Os: 'linux',
        Architecture: 'amd64',
        Size: 10,
        RootFS: { Layers: [digest] },
      },
    ],
  ];
  const server = createServer(({ url }, response) => {
    const path = url.split('?')[0];
    const [, answer = {}] = answers.find(([pattern]) => pattern.test(path)) ?? [];
    const bytes = Buffer.from(JSON.stringify(answer));
    const body = below(2) === 0 ? mutateText(bytes, below) : bytes;
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise((resolve) => server.listen(socketPath, resolve));
  return {
    endpoint: await resolveEndpoint(`unix://${socketPath}`, {}),
    mutateWith: (numbers) => {
      below = numbers;
    },
    close: () => server.closeAllConnections() ?? server.close(),
  };
}
