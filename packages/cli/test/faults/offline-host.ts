import { appendFile, mkdtemp, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BundleManifest, paths } from '@bundle/format';
import { snapshot, sshPath } from '@bundle/testkit';
import { buildBundle } from '../../../import/test/build-bundle.ts';
import { bundle, type Finished, type StartOptions } from '../run-bundle.ts';
import { type StandInEngine, standInEngine } from './stand-in-engine.ts';

/** Adds a file to the list of a bundle, in its place: blobs come last, all others are sorted. */
export function list(
  { files, sizes }: BundleManifest,
  file: BundleManifest['files'][number],
): void {
  const isAfter = ({ path }: BundleManifest['files'][number]): boolean =>
    path.startsWith(paths.blobsDir) ||
    Buffer.compare(Buffer.from(path), Buffer.from(file.path)) > 0;
  const at = files.findIndex(isAfter);
  files.splice(at === -1 ? files.length : at, 0, file);
  sizes.stored += file.size;
}

/**
 * A host with an image layout as its engine, on which release 1.0 of `shop` is current. Beside it listens a stand-in for
 * Docker, which records what an import asks of it.
 */
export class OfflineHost {
  readonly work: string;
  #docker: StandInEngine | undefined;

  private constructor(work: string) {
    this.work = work;
  }

  static async make(): Promise<OfflineHost> {
    const host = new OfflineHost(await realpath(await mkdtemp(join(tmpdir(), 'faults-'))));
    const { path } = await buildBundle(host.at('before'), undefined, { sequence: 10 });
    const { code, stderr } = await host.import(path);
    if (code !== 0) throw new Error(stderr);
    return host;
  }

  at(name: string): string {
    return join(this.work, name);
  }

  remove(): Promise<void> {
    this.#docker?.close();
    return rm(this.work, { recursive: true, force: true });
  }

  /** Words of an import that asks nothing. */
  words(path: string, ...more: readonly string[]): string[] {
    const engine = ['--engine', `oci:${this.at('engine')}`, '--state-dir', this.at('state')];
    return ['import', path, ...engine, '--ignore', 'compose', '--yes', '--no-progress', ...more];
  }

  import(path: string, ...more: readonly string[]): Promise<Finished> {
    return this.run(...this.words(path, ...more));
  }

  run(...args: readonly string[]): Promise<Finished> {
    return bundle(args, { env: { PATH: sshPath, BUNDLE_STATE_DIR: this.at('state') } });
  }

  /** Everything that a refused bundle must not change; the log of the host records attempts, too. */
  async now(): Promise<{ engine: Record<string, string>; state: Record<string, string> }> {
    const { '_history/log.jsonl': _, ...state } = await snapshot(this.at('state'));
    return { engine: await snapshot(this.at('engine')), state };
  }

  /** Lists what the engine has by name. */
  async images(): Promise<unknown[]> {
    return JSON.parse(await readFile(this.at('engine/index.json'), 'utf8')).manifests;
  }

  current(): Promise<string> {
    return readlink(this.at('state/shop/current'));
  }

  /** The stand-in for Docker. */
  async docker(): Promise<StandInEngine> {
    this.#docker ??= await standInEngine(this.at('docker.sock'), { Version: '28.5.2' });
    return this.#docker;
  }

  /**
   * Imports a bundle into Docker, with these flags beside those of the host. It must not be imported, and Docker must
   * get no request that changes anything. Returns the exit code.
   */
  async leavesDocker(
    path: string,
    more: readonly string[] = [],
    { env, ...options }: StartOptions = {},
  ): Promise<number | null> {
    const { dockerHost, changes } = await this.docker();
    const words = ['import', path, '--docker-host', dockerHost, '--state-dir', this.at('state')];
    const quietly = ['--ignore', 'compose', '--yes', '--no-progress', ...more];
    const { code } = await bundle([...words, ...quietly], {
      ...options,
      env: { PATH: sshPath, ...env },
    });
    expect(changes).toEqual([]);
    const log = process.env['BUNDLE_TEST_CALLS_LOG'];
    const { currentTestName: test } = expect.getState();
    if (log !== undefined) await appendFile(log, `${JSON.stringify({ test, code })}\n`);
    return code;
  }

  /**
   * Imports a bundle that must be refused with this exit code and nothing changed (S0), into the layout and into Docker;
   * returns what was printed.
   */
  async refuses(path: string, code: number, ...more: readonly string[]): Promise<string> {
    const before = await this.now();
    const started = performance.now();
    const result = await this.import(path, ...more);
    const { stderr } = result;
    expect({ code: result.code, stderr }).toMatchObject({ code });
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(stderr).toContain('What to do:');
    expect(await this.leavesDocker(path, more)).toBe(code);
    expect(await this.now()).toEqual(before);
    expect(await this.current()).toMatch(/^releases\/1\.0-/);
    return stderr;
  }
}
