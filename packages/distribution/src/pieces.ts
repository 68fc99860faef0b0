import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Socket } from 'node:net';

const pieceBytes = 512 * 1024;
/** Room for the head of an answer, and for small answers. */
const smallBytes = 64 * 1024;
/** Shorter bodies are not worth a connection of their own, and may come together with the head. */
const leastBodyBytes = 4 * smallBytes;
/** Pieces that nobody has taken yet; with more, the connection waits. */
const piecesAhead = 2;
/** A slow connection is to show progress: it gives what it has after this time. */
const longestGatheringMs = 250;

const readers = new WeakMap<Socket, ConnectionReader>();
const bodies = new WeakMap<IncomingMessage, PieceBody>();

/** Makes connections whose large answers `takeBody` can take over. */
export class PieceHttpAgent extends HttpAgent {
  override createConnection(...[options, callback]: Parameters<HttpAgent['createConnection']>) {
    return readByPieces(options, (own) => super.createConnection(own, callback));
  }
}

/** The same with TLS. */
export class PieceHttpsAgent extends HttpsAgent {
  override createConnection(...[options, callback]: Parameters<HttpsAgent['createConnection']>) {
    return readByPieces(options, (own) => super.createConnection(own, callback));
  }
}

function readByPieces<Options extends object, Connection>(
  options: Options,
  connect: (options: Options) => Connection,
): Connection {
  const reader = new ConnectionReader();
  const connection = connect({ ...options, onread: reader.onread });
  if (connection instanceof Socket) reader.socket = connection;
  return connection;
}

/**
 * Takes over the body of an answer if it is large and its length is known. Must be called while its head is given out,
 * before more bytes come.
 */
export function takeBody(answer: IncomingMessage): void {
  const { 'content-length': length, 'transfer-encoding': frames } = answer.headers;
  const reader = readers.get(answer.socket);
  const size = Number(length ?? 0);
  if (reader === undefined || size < leastBodyBytes || frames !== undefined) return;
  bodies.set(answer, reader.begin(answer, size));
}

/**
 * Returns the body of an answer, in pieces of some 100 kB if it was taken over. A piece is valid only until the next one
 * is requested.
 */
export function piecesOf(answer: IncomingMessage): AsyncIterable<Buffer> {
  return bodies.get(answer) ?? answer;
}

/**
 * Reads a connection. Node's HTTP client allocates a buffer for every 64 kB and passes it through two streams, which
 * costs more than hashing the bytes. So a large body is read into its final buffers, and only what comes before it goes
 * through the client. The connection is not used again afterwards.
 */
class ConnectionReader {
  readonly #small = Buffer.allocUnsafeSlow(smallBytes);
  #socket: Socket | undefined;
  #taken: { readonly answer: IncomingMessage; readonly body: PieceBody } | undefined;
  readonly onread = {
    buffer: (): Buffer => this.#taken?.body.room() ?? this.#small,
    callback: (count: number): boolean => this.#receive(count),
  };

  set socket(socket: Socket) {
    this.#socket = socket;
    readers.set(socket, this);
  }

  begin(answer: IncomingMessage, size: number): PieceBody {
    const body = new PieceBody(answer.socket, size);
    this.#taken = { answer, body };
    return body;
  }

  #receive(count: number): boolean {
    if (this.#taken !== undefined) return this.#taken.body.receive(count);
    // A copy, since the client keeps it.
    this.#socket?.emit('data', Buffer.from(this.#small.subarray(0, count)));
    return this.#start();
  }

  /** Starts a body whose head was among the bytes that the client just got. */
  #start(): boolean {
    if (this.#taken === undefined) return true;
    const { answer, body } = this.#taken;
    const first: unknown = answer.read();
    return body.start(Buffer.isBuffer(first) ? first : Buffer.alloc(0));
  }
}

/** The body of an answer, as its connection brings it. */
class PieceBody implements AsyncIterable<Buffer> {
  readonly #socket: Socket;
  readonly #ready: Buffer[] = [];
  /** Buffers that were read: new ones for all pieces would keep the garbage collector busy. */
  readonly #free: Buffer[] = [];
  #piece: Buffer;
  #filled = 0;
  /** Bytes still to come. */
  #left: number;
  #given = performance.now();
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, size: number) {
    this.#socket = socket;
    this.#left = size;
    this.#piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, size));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was cut')));
  }

  /** Returns where the next bytes go; undefined if none are wanted any more. */
  room(): Buffer | undefined {
    const room = this.#piece.subarray(this.#filled, this.#filled + this.#left);
    return room.length === 0 ? undefined : room;
  }

  /** Adds the bytes that came together with the head. Returns whether more are wanted now. */
  start(first: Buffer): boolean {
    first.copy(this.#piece);
    // The client has stopped the connection if it held these bytes for long.
    this.#socket.resume();
    return this.receive(first.length);
  }

  /** Counts bytes that are in their room. Returns whether more are wanted now. */
  receive(count: number): boolean {
    this.#filled += count;
    this.#left -= count;
    const isLate = performance.now() - this.#given > longestGatheringMs;
    if (this.#filled === this.#piece.length || this.#left === 0 || isLate) this.#give();
    if (this.#left === 0) this.#socket.destroy();
    return this.#ready.length < piecesAhead;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = this.#ready.shift();
        if (piece !== undefined) {
          if (this.#left > 0) this.#socket.resume();
          yield piece;
          this.#free.push(Buffer.from(piece.buffer));
        } else if (this.#left === 0) return;
        else if (this.#failure !== undefined) throw this.#failure;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#socket.destroy();
    }
  }

  #give(): void {
    if (this.#filled > 0) this.#ready.push(this.#piece.subarray(0, this.#filled));
    this.#piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(Math.min(pieceBytes, this.#left));
    this.#filled = 0;
    this.#given = performance.now();
    this.#wake();
  }

  /** Ends the body early; what has come so far is still given. */
  #end(failure: Error): void {
    if (this.#failure !== undefined || this.#left === 0) return;
    this.#failure = failure;
    this.#give();
  }
}
