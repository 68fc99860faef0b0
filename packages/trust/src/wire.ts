/** An error in a key or a signature; its message is a clause: "it ends too early". */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/**
 * Reads the binary encoding of SSH (RFC 4251, section 5) from the front. Every method throws MalformedError if the
 * bytes end too early.
 */
export class WireReader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  take(count: number): Buffer {
    if (count > this.#rest.length) throw new MalformedError('it ends too early');
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  /** Returns a string of printable ASCII characters, as all names in keys and signatures are. */
  name(): string {
    const text = this.string().toString('latin1');
    if (!/^[\x20-\x7e]*$/.test(text)) throw new MalformedError('a name has unprintable characters');
    return text;
  }

  /** Returns a positive integer, big-endian without leading zeros. Accepts only the one valid encoding. */
  positive(): Buffer {
    const bytes = this.string();
    const [first = 0, second = 0] = bytes;
    const isPadded = first === 0 && second >= 0x80;
    if (bytes.length === 0 || first >= 0x80 || (first === 0 && !isPadded))
      throw new MalformedError('a number is not positive, or has leading zeros');
    return isPadded ? bytes.subarray(1) : bytes;
  }

  end(): void {
    if (this.#rest.length > 0) throw new MalformedError('there are extra bytes after its end');
  }
}

/** Encodes a string: its length in four bytes, then its bytes. */
export function wireString(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Decodes base64 with padding; throws MalformedError for anything but the one valid encoding. */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (text === '' || bytes.toString('base64') !== text)
    throw new MalformedError('it is not valid base64');
  return bytes;
}
