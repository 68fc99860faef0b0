import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, types } from 'node:util';

const run = promisify(execFile);

/** cosign, as scripts/test unpacked it; absent without Debian's packages. */
export const cosignPath = process.env['BUNDLE_COSIGN'];

/** Runs cosign in a folder, with nothing of the user and a passphrase for its keys; returns its output and exit code. */
export async function cosign(
  folder: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  if (cosignPath === undefined) throw new Error('there is no cosign');
  const env = { PATH: process.env['PATH'], HOME: folder, COSIGN_PASSWORD: 'passphrase' };
  try {
    const { stdout, stderr } = await run(cosignPath, [...args], { cwd: folder, env });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    // Jest's errors are not instances of the global class.
    if (!types.isNativeError(error) || !('code' in error) || typeof error.code !== 'number')
      throw error;
    return { code: error.code, text: error.message };
  }
}

/** Makes a key pair in a folder: `cosign.key` and `cosign.pub`. */
export async function makeCosignKey(folder: string): Promise<void> {
  await cosign(folder, 'generate-key-pair');
}

/** Tells whether `cosign verify-blob` accepts a Sigstore bundle over a file. No network is used. */
export async function cosignAccepts(
  publicKey: string,
  bundle: string,
  file: string,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'cosign-'));
  try {
    const root = join(folder, 'root.json');
    // Nobody but the key is trusted: no log, no authority.
    await writeFile(
      root,
      '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
    );
    const flags = ['--private-infrastructure', '--new-bundle-format', '--trusted-root', root];
    const words = ['verify-blob', '--key', publicKey, ...flags, '--bundle', bundle, file];
    return (await cosign(folder, ...words)).code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
