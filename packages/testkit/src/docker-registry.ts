import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loopbackCertificate } from './loopback-certificate.ts';

/** Path of Debian's docker-registry; undefined where its package is not installed (scripts/test). */
export const dockerRegistryProgram = process.env['BUNDLE_DOCKER_REGISTRY'];
/** Path of Debian's skopeo, likewise. */
export const skopeoProgram = process.env['BUNDLE_SKOPEO'];

export const registryKinds = ['plain', 'tls', 'basic', 'token'] as const;
export type RegistryKind = (typeof registryKinds)[number];

/** The user of a registry with authentication. */
export const registryUser = { name: 'ann', password: 'secret' } as const;
/** Made with crypt(3) of libxcrypt, with little work, since the registry checks it for each request. */
const htpasswd = 'ann:$2b$04$rtkJccpFs.oupvcChYVkJO8Jojh3gxUyQ/jla741AEHfESshsc7HG\n';

/** A real registry on loopback. */
export interface DockerRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts Debian's docker-registry with its data in a folder. */
export async function startDockerRegistry(
  folder: string,
  kind: RegistryKind,
): Promise<DockerRegistry> {
  if (dockerRegistryProgram === undefined) throw new Error('BUNDLE_DOCKER_REGISTRY is not set');
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  await writeFile(file('cert.pem'), loopbackCertificate.cert);
  await writeFile(file('key.pem'), loopbackCertificate.key);
  await writeFile(file('htpasswd'), htpasswd);
  const port = await freePort();
  const tokens = kind === 'token' ? await startTokenServer() : undefined;
  const tls = kind === 'tls' ? { certificate: file('cert.pem'), key: file('key.pem') } : undefined;
  const auth = {
    basic: { htpasswd: { realm: 'registry', path: file('htpasswd') } },
    token: {
      token: {
        realm: tokens?.realm,
        service: 'registry',
        issuer: 'testkit',
        rootcertbundle: file('cert.pem'),
      },
    },
    ...{ plain: undefined, tls: undefined },
  }[kind];
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: file('data') } },
    http: { addr: `127.0.0.1:${port}`, ...(tls === undefined ? {} : { tls }) },
    ...(auth === undefined ? {} : { auth }),
  };
  // JSON is YAML.
  await writeFile(file('config.yml'), JSON.stringify(config));
  const child = spawn(dockerRegistryProgram, ['serve', file('config.yml')], { stdio: 'ignore' });
  await answers(port, child);
  return {
    host: `127.0.0.1:${port}`,
    async stop() {
      tokens?.close();
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Waits until something listens at a port. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isUp) return;
    await wait(50);
  }
  throw new Error('docker-registry does not listen');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

/** Gives tokens as the specification describes (token authentication), for the user of the registry. */
async function startTokenServer(): Promise<{ realm: string; close(): void }> {
  const wanted = `Basic ${Buffer.from(`${registryUser.name}:${registryUser.password}`).toString('base64')}`;
  const server = createHttpServer(({ url = '', headers }, response) => {
    if (headers.authorization !== wanted) {
      response.writeHead(401).end();
      return;
    }
    const { searchParams } = new URL(url, 'http://token');
    const access = searchParams.getAll('scope').map((scope) => {
      const [, type, name, actions = ''] = /^(\w+):(.+):([\w,]+)$/.exec(scope) ?? [];
      return { type, name, actions: actions.split(',') };
    });
    response.end(JSON.stringify({ token: tokenFor(access), expires_in: 60 }));
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return { realm: `http://127.0.0.1:${port}/token`, close: () => server.close() };
}

function tokenFor(access: readonly object[]): string {
  const { cert, key } = loopbackCertificate;
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const der = new X509Certificate(cert).raw.toString('base64');
  const head = part({ typ: 'JWT', alg: 'ES256', x5c: [der] });
  const claims = part({
    ...{ iss: 'testkit', sub: registryUser.name, aud: 'registry', jti: randomUUID(), access },
    ...{ iat: now, nbf: now - 10, exp: now + 60 },
  });
  const signature = sign('sha256', Buffer.from(`${head}.${claims}`), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return `${head}.${claims}.${signature.toString('base64url')}`;
}

/** A proxy whose connections are cut after this many bytes in both directions together, `most` times at most. */
export async function startCuttingProxy(
  host: string,
  bytes: number,
  most = Number.POSITIVE_INFINITY,
): Promise<{ readonly host: string; readonly cuts: () => number; close(): Promise<void> }> {
  let cuts = 0;
  const open = new Set<{ destroy(): void }>();
  const server = createServer((client) => {
    const upstream = connect(Number(host.split(':')[1]), '127.0.0.1');
    open.add(client).add(upstream);
    let seen = 0;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    const pass = (from: typeof client, to: typeof client): void => {
      from.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > bytes && !client.destroyed && cuts < most) {
          cuts += 1;
          // What was before the cut arrives.
          to.end(chunk.subarray(0, Math.max(0, chunk.length - (seen - bytes))), end);
          return;
        }
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('error', end).on('close', end);
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    cuts: () => cuts,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
