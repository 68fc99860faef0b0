import { createServer } from 'node:http';

/** A socket that answers questions as an empty engine does, and records everything else. */
export interface StandInEngine {
  /** Value of --docker-host. */
  readonly dockerHost: string;
  /** Requests other than questions, in order: `POST /v1.41/images/load?quiet=1`. */
  readonly changes: readonly string[];
  close(): void;
}

/**
 * Listens on a Unix socket as an engine of this version, which takes `delayMs` for each answer. No real engine has the
 * same answers for each bundle.
 */
export async function standInEngine(
  socket: string,
  version: object,
  delayMs = 0,
): Promise<StandInEngine> {
  const changes: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    version: {
      ApiVersion: '1.41',
      Os: 'linux',
      Arch: process.arch === 'x64' ? 'amd64' : 'arm64',
      ...version,
    },
    info: { Driver: 'overlay2' },
    json: [],
    networks: [],
    volumes: { Volumes: [] },
  };
  const server = createServer(({ url = '', method }, answer) => {
    const name = url.replace(/\?.*/, '').split('/').at(-1) ?? '';
    if (method !== 'GET' && method !== 'HEAD') changes.push(`${method} ${url}`);
    answer.setHeader('content-type', 'application/json');
    if (url.includes('/images/') && name === 'json' && !url.includes('/images/json'))
      answer.statusCode = 404;
    setTimeout(() => answer.end(JSON.stringify(answers[name] ?? {})), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    dockerHost: `unix://${socket}`,
    changes,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
