import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FramePool, packTar } from '@bundle/archive';
import type { Environment } from '@bundle/format';
import {
  docker,
  dockerHost,
  engineEnv,
  engineFolder,
  imageArchive,
  layerOf,
  layerWith,
  remoteEngine,
  type SshHost,
  sshAddress,
} from '@bundle/testkit';
import { createBuildTool } from '../src/build-cli.ts';
import { createComposeTool } from '../src/compose-cli.ts';
import type { Engine } from '../src/engine.ts';
import { openEngine } from '../src/open-engine.ts';
import { readImages } from './read-layers.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
/** The engine for loads and saves over SSH; it has only its socket. */
const behind = 'offline-28-containerd';
const large = 'remote/large:1';
const image = imageArchive(large, [layerWith('large', randomBytes(64 * 1024 * 1024))]);

let env: Environment;
let tls: string;
let folder: string;
beforeAll(async () => {
  env = await engineEnv(remoteEngine);
  tls = join(await engineFolder(remoteEngine), 'tls');
  folder = await mkdtemp(join(tmpdir(), 'remote-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await docker(behind, 'rmi', '-f', large);
});

const open = (dockerHost: string | undefined, more: Environment = {}): Promise<Engine> =>
  openEngine({ ...(dockerHost === undefined ? {} : { dockerHost }), env: { ...env, ...more } });
const bySsh = async (): Promise<Engine> => open(await sshAddress(behind));
const load = (engine: Engine, signal = never): Promise<void> =>
  engine.loadImages(
    packTar(image.archive, () => undefined),
    signal,
  );

/** Lists all descendants of a process. */
async function below(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(below))).flat()];
}

/** Returns the name of a process; empty if it has ended. */
const nameOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();

async function sshProcesses(): Promise<number> {
  const names = await Promise.all((await below(process.pid)).map(nameOf));
  return names.filter((name) => name === 'ssh').length;
}

/** Kills the processes that the SSH server started for its clients. */
async function killSessions(isVictim: (name: string) => boolean): Promise<void> {
  const server = await readFile(join(await engineFolder(remoteEngine), 'sshd.pid'), 'utf8');
  // Innermost first, because the outer ones exit once they notice.
  for (const pid of (await below(Number(server))).reverse()) {
    // kill(1) fails only if the process has ended meanwhile.
    if (isVictim(await nameOf(pid))) await run('kill', ['-9', `${pid}`]).catch(() => undefined);
  }
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries += 1) {
    if (tries === 100) throw new Error('it did not happen within 10 s');
    await setTimeout(100);
  }
}

describe('an engine over SSH', () => {
  test('is reached through a jump host of ~/.ssh/config too', async () => {
    const engine = await open(await sshAddress(behind, 'through-jump'));
    expect(await engine.info()).toMatchObject({ store: 'containerd' });
  });

  test.each<[SshHost, RegExp, RegExp]>([
    ['no-docker', /docker: command not found/, /Install Docker on that host/],
    ['unknown-key', /Host key verification failed/, /does not know this host yet/],
    ['other-key', /Host key for .* has changed/, /key .* differs .*ssh-keygen -R/],
    ['no-access', /Permission denied \(publickey\)/, /ssh-add|ssh-copy-id/],
    ['asks', /Permission denied \(publickey\)/, /passphrase/],
  ])('that is %s fails at once with a hint', async (host, found, hint) => {
    const started = performance.now();
    const engine = await open(await sshAddress(behind, host));
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { found: expect.stringMatching(found), hint: expect.stringMatching(hint) },
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ['no engine at the socket', 'ssh://engine/nowhere', /no such file/, /Start the engine on that/],
    ['no SSH server', 'ssh://engine:1', /Connection refused/, /SSH server runs/],
    ['no such host', 'ssh://nowhere.invalid', /Could not resolve/, /Check the name/],
  ])('%s is reported with a hint', async (_, host, found, hint) => {
    await expect((await open(host)).info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { found: expect.stringMatching(found), hint: expect.stringMatching(hint) },
    });
  });

  test('a missing ssh command is reported', async () => {
    const engine = await open('ssh://engine', { PATH: folder });
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { found: 'no ssh command on this host' },
    });
  });

  test('saves the same bytes as over its socket', async () => {
    await load(await bySsh());
    const local = await open(await dockerHost(behind));
    const [here, there] = await Promise.all(
      [local, await bySsh()].map(async (engine) => {
        const { layers, blobs } = await readImages(engine, [large], never);
        return [...layers, ...blobs.keys()].sort();
      }),
    );
    expect(there).toEqual(here);
    expect(there).toContain(image.diffIds[0]);
  });

  test('many images are listed over as few connections as an ordinary SSH server allows', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `remote/many:${index}`);
    const local = await open(await dockerHost(behind));
    for (const name of names) {
      await local.loadImages(
        packTar(imageArchive(name, [layerOf(name)]).archive, () => undefined),
        never,
      );
    }
    const log = join(await engineFolder(remoteEngine), 'sshd.log');
    const logins = async (): Promise<number> =>
      (await readFile(log, 'utf8')).split('Accepted publickey').length;
    const before = await logins();
    const listed = await (await bySsh()).listImages();
    await docker(behind, 'rmi', '-f', ...names);
    expect(listed.flatMap(({ references }) => references)).toEqual(expect.arrayContaining(names));
    expect((await logins()) - before).toBeLessThanOrEqual(6);
  });

  test.each([
    ['a save', async (engine: Engine, signal: AbortSignal) => readImages(engine, [large], signal)],
    ['a load', load],
  ])('%s that is stopped leaves no ssh process behind', async (_, work) => {
    await load(await open(await dockerHost(behind)));
    const stop = new AbortController();
    const ended = work(await bySsh(), stop.signal);
    ended.catch(() => undefined);
    await eventually(async () => (await sshProcesses()) > 0);
    stop.abort();
    await expect(ended).rejects.toThrow();
    await eventually(async () => (await sshProcesses()) === 0);
  });

  test.each<[string, (name: string) => boolean]>([
    ['a connection that is cut', () => true],
    ['a remote command that is killed, on which ssh is silent,', (name) => name === 'docker'],
  ])('%s in the middle of a load is reported within seconds', async (_, isVictim) => {
    const engine = await bySsh();
    let sent = 0;
    const endless = packTar(
      (async function* () {
        yield { path: 'a', size: 2 ** 40, content: () => zeros() };
      })(),
      (count) => {
        sent += count;
      },
    );
    const stop = new AbortController();
    const ended = engine.loadImages(endless, stop.signal);
    ended.catch(() => undefined);
    try {
      await eventually(async () => sent > 8 * 1024 * 1024);
      await killSessions(isVictim);
      await expect(ended).rejects.toMatchObject({
        code: 'engine-unreachable',
        details: { hint: expect.stringMatching(/was lost/) },
      });
      expect(endless.destroyed).toBe(true);
    } finally {
      stop.abort();
    }
  });

  test('a connection cut in the middle of a save is reported', async () => {
    await load(await open(await dockerHost(behind)));
    const reading = await (await bySsh()).openImages([large], undefined, never);
    await killSessions(() => true);
    const read = async (): Promise<void> => {
      const options = { pool: new FramePool(), onBytes: () => undefined };
      for await (const layer of reading.layers(options)) for await (const _ of layer.frames());
    };
    await expect(read()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { hint: expect.stringMatching(/was lost/) },
    });
  });
});

/** Yields zeros without end, but slowly after the first 16 MiB, because the engine writes them to its disk. */
async function* zeros(): AsyncGenerator<Buffer> {
  for (let count = 0; ; count += 1) {
    if (count > 16) await setTimeout(100);
    yield Buffer.alloc(1024 * 1024);
  }
}

describe('an engine over TLS', () => {
  const address = async (): Promise<string> => env['DOCKER_HOST'] ?? '';

  test('uses the certificates of DOCKER_CERT_PATH for --docker-host as for DOCKER_HOST', async () => {
    const named = await open(await address(), { DOCKER_HOST: undefined });
    expect(await named.info()).toMatchObject({ description: expect.stringContaining('tcp://') });
    // An address on the command line wins over the environment.
    const socket = await open(await dockerHost(behind));
    expect(await socket.info()).toMatchObject({ store: 'containerd' });
  });

  test('uses the certificates of a docker context', async () => {
    const config = join(folder, 'config');
    await mkdir(config);
    await symlink(join(env['DOCKER_CONFIG'] ?? '', 'cli-plugins'), join(config, 'cli-plugins'));
    const files = ['ca', 'cert', 'key']
      .map((name) => `${name}=${tls}/client/${name}.pem`)
      .join(',');
    const context = { ...process.env, ...env, DOCKER_CONFIG: config, DOCKER_HOST: '' };
    const endpoint = `host=${await address()},${files}`;
    await run('docker', ['context', 'create', 'far', '--docker', endpoint], { env: context });
    const chosen = { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'far', DOCKER_HOST: undefined };
    const without = { DOCKER_TLS_VERIFY: undefined, DOCKER_CERT_PATH: undefined };
    const engine = await open(undefined, { ...chosen, ...without });
    expect(await engine.info()).toMatchObject({ store: 'graph-driver' });
    const { makesImage } = await builds(undefined, { ...chosen, ...without });
    expect(makesImage).toBe(true);
  });

  test('a server certificate from another authority is not trusted', async () => {
    const certificates = join(folder, 'other-ca');
    await mkdir(certificates);
    for (const name of ['cert.pem', 'key.pem']) {
      await copyFile(join(tls, 'client', name), join(certificates, name));
    }
    await copyFile(join(tls, 'strangers.pem'), join(certificates, 'ca.pem'));
    const engine = await open(undefined, { DOCKER_CERT_PATH: certificates });
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { hint: expect.stringMatching(/certificate cannot be trusted/) },
    });
  });

  test.each([
    ['a client of another authority', 'stranger', /unknown ca/],
    ['a client without a certificate', undefined, /certificate required/],
  ])('%s is told that the engine does not accept it', async (_, client, found) => {
    const certificates = join(folder, `client-${client}`);
    await mkdir(certificates);
    for (const name of client === undefined ? ['ca.pem'] : ['ca.pem', 'cert.pem', 'key.pem']) {
      await copyFile(join(tls, client ?? 'client', name), join(certificates, name));
    }
    const engine = await open(undefined, { DOCKER_CERT_PATH: certificates });
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: {
        found: expect.stringMatching(found),
        hint: expect.stringMatching(/does not accept this client/),
      },
    });
  });

  test('a client without TLS is told to set it', async () => {
    const engine = await open(undefined, { DOCKER_TLS_VERIFY: undefined });
    await expect(engine.info()).rejects.toMatchObject({
      code: 'engine-unreachable',
      details: { hint: expect.stringMatching(/DOCKER_TLS_VERIFY=1/) },
    });
  });

  test('a server that never answers is given up within seconds', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = server.address();
    const port = typeof at === 'object' ? at?.port : 0;
    try {
      await expect((await open(`tcp://127.0.0.1:${port}`)).info()).rejects.toMatchObject({
        code: 'engine-unreachable',
        details: { found: 'no connection within 10 s' },
      });
    } finally {
      server.close();
    }
  }, 20_000);
});

/** Builds an image and removes a container, each with its docker plugin. */
async function builds(dockerHost: string | undefined, more: Environment = {}) {
  const context = join(folder, 'context');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch AS app\nCOPY Dockerfile /\n');
  const tag = 'remote/built:1';
  const request = {
    ...{ description: 'a test', context, dockerfile: join(context, 'Dockerfile'), target: 'app' },
    ...{ tag, buildArgs: {}, buildContexts: {}, labels: {}, secrets: [], ssh: [] },
    ...{ extraHosts: [], ulimits: [], cacheFrom: [], inlineCache: false },
  };
  const choice = { dockerHost, env: { ...env, ...more } };
  await createBuildTool(choice).build(request, () => undefined, never);
  const engine = await open(dockerHost, more);
  const makesImage = (await engine.inspectImage(tag)) !== undefined;
  return { engine, tag, choice, makesImage };
}

describe.each([
  ['SSH', () => sshAddress(remoteEngine)],
  ['TLS', async () => env['DOCKER_HOST'] ?? ''],
])('by %s', (_, address) => {
  test('docker’s plugins work on the same engine', async () => {
    const { engine, tag, choice, makesImage } = await builds(await address(), {
      DOCKER_HOST: undefined,
    });
    expect(makesImage).toBe(true);
    const labels = ['project=remote', 'service=a', 'oneoff=False', 'config-hash=x'];
    const flags = labels.flatMap((label) => ['--label', `com.docker.compose.${label}`]);
    await docker(remoteEngine, 'create', ...flags, '--name', 'remote-a-1', tag, 'x');
    const request = { files: [], profiles: [], projectName: 'remote' };
    await createComposeTool(choice).down(request, { volumes: false }, () => undefined, never);
    const { containers } = await engine.takenNames();
    expect(containers).toEqual([]);
    await engine.untagImage(tag);
  });
});
