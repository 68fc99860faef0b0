import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { TlsFiles } from '../tls-files.ts';

/** How long an idle connection is kept for reuse. */
export const idleMs = 5_000;
const connectMs = 10_000;

/**
 * Hides its fields from docker-modem, which formats each request for its debug log even when nothing is logged.
 * Formatting a whole agent takes 5 ms.
 */
export class QuietAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

type Connected = (error: Error | null, stream: Duplex) => void;

class TcpAgent extends QuietAgent {
  override createConnection(options: ClientRequestArgs, done?: Connected) {
    return within(super.createConnection(options, done), 'connect');
  }
}

/**
 * Creates an agent for unix sockets. Without a server name Node checks whether the Host header is an address, which
 * takes 3 ms the first time.
 */
export function socketAgent(): Agent {
  const options: AgentOptions & { servername: string } = {
    keepAlive: true,
    timeout: idleMs,
    servername: '',
  };
  return new QuietAgent(options);
}

export function tcpAgent(): Agent {
  return new TcpAgent({ keepAlive: true, timeout: idleMs });
}

/**
 * Creates an agent for TLS with only these files, whatever the environment says. Node's TLS module is loaded only when
 * needed.
 */
export async function tlsAgent({ ca, cert, key, verify }: TlsFiles): Promise<Agent> {
  const { Agent: SecureAgent } = await import('node:https');
  class TimedAgent extends SecureAgent {
    override createConnection(options: ClientRequestArgs, done?: Connected) {
      return within(super.createConnection(options, done), 'secureConnect');
    }
    [inspect.custom](): string {
      return 'Agent';
    }
  }
  return new TimedAgent({
    keepAlive: true,
    timeout: idleMs,
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
}

/**
 * Gives up a connection that is not made in time. If packets are dropped on the way, the system itself would wait for
 * minutes.
 */
function within(socket: Duplex | null | undefined, event: 'connect' | 'secureConnect') {
  const timer = setTimeout(() => {
    const error = new Error(`no connection within ${connectMs / 1000} s`);
    socket?.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }, connectMs);
  for (const end of [event, 'close']) socket?.once(end, () => clearTimeout(timer));
  return socket;
}
