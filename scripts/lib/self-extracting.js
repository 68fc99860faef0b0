// Makes one file of the script that unpacks the command and of the compressed command.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

/** The script that comes first. */
export const stub = join(import.meta.dirname, '../../packages/cli/bin/stub.sh');

/** Returns the file for a program of a machine, as `uname -m` prints it. */
export function selfExtracting(program, machine) {
  const sha256 = createHash('sha256').update(program).digest('hex');
  const text = readFileSync(stub, 'utf8').replace('@SHA256@', sha256).replace('@MACHINE@', machine);
  // The place of the first byte after the script, counted from 1 as `tail` does. It has four digits.
  const skip = Buffer.byteLength(text) - '@SKIP@'.length + 4 + 1;
  return Buffer.concat([
    Buffer.from(text.replace('@SKIP@', String(skip))),
    gzipSync(program, { level: constants.Z_BEST_COMPRESSION }),
  ]);
}
