import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BusyboxImage,
  buildBusybox,
  bundleCommand,
  type EngineName,
  fetchCommand,
  type Output,
  onEngine,
  outputOf,
} from '@bundle/testkit';

/** A release of a small application that really runs: a page of busybox, and extras for the test. */
export interface SmallRelease {
  readonly product: string;
  readonly version: string;
  readonly images: readonly BusyboxImage[];
  readonly compose: string;
  readonly files?: Readonly<Record<string, string>>;
  /** More options of the export, with paths relative to `work`. */
  readonly flags?: readonly string[];
}

/** A web server that serves `page` and stops at once when asked. */
export function pageImage(reference: string, page: string): BusyboxImage {
  return {
    reference,
    files: { 'www/index.html': `${page}\n` },
    // Its name makes it another image than the same page of another test.
    command: ['sh', '-c', `: ${reference}; echo serving; exec busybox httpd -f -p 80 -h /www`],
  };
}

export const healthy = (test: string): string =>
  `{test: ["CMD", "sh", "-c", ${JSON.stringify(test)}], interval: 1s, timeout: 2s, retries: 2, start_period: 3s, start_interval: 200ms}`;

/** Writes the files of a project into a folder of `work`, and gives its path. */
export async function writeProject(
  work: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const project = join(work, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  return project;
}

/** Packs a release on an engine; its tags there are those of the newest one. */
export async function packRelease(
  work: string,
  release: SmallRelease,
  engine: EngineName = 'connected',
): Promise<string> {
  const { product, version, images, compose, files = {}, flags: more = [] } = release;
  for (const image of images) await buildBusybox(engine, image);
  const all = { ...files, 'compose.yml': compose };
  const project = await writeProject(work, `${product}-${version}`, all);
  const output = join(work, `${product}-${version}.tar`);
  const flags = ['--product', product, '--release-version', version, '--pull', 'never'];
  const without = ['--no-rebuild', '--no-runtime', '--no-progress'];
  const args = ['export', project, '-o', output, ...flags, ...without, ...more];
  const { code, stderr } = await onEngine(engine, [...bundleCommand, ...args], { cwd: work });
  if (code !== 0) throw new Error(stderr);
  return output;
}

/**
 * Packs a project in `work/project`, with captures for rebuilds, that builds `PRODUCT/web:1` from `PRODUCT/base:1`
 * and its folder `www`. `steps` of the Dockerfile come before the source; `settings` are further settings of the
 * service, each `key: value`.
 */
export async function packBuilt(
  work: string,
  product: string,
  steps: readonly string[],
  settings: readonly string[],
): Promise<string> {
  await buildBusybox('connected', pageImage(`${product}/base:1`, 'of the base'));
  const cwd = join(work, 'project');
  await mkdir(join(cwd, 'www'), { recursive: true });
  const dockerfile = [`FROM ${product}/base:1`, ...steps, 'COPY www /www'];
  await writeFile(join(cwd, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  // As many projects have it: the context leaves its own Dockerfile out.
  await writeFile(join(cwd, '.dockerignore'), 'Dockerfile\n.dockerignore\n');
  const own = [`image: "${product}/web:1"`, 'build: .', 'stop_signal: SIGKILL', ...settings];
  await writeFile(join(cwd, 'compose.yml'), `services: {web: {${own.join(', ')}}}\n`);
  await writeFile(join(cwd, 'www/index.html'), 'as it was\n');
  await ending(0, onEngine('connected', ['docker', 'compose', 'build', '-q'], { cwd }));
  const output = join(work, 'bundle.tar');
  const args = ['export', cwd, '-o', output, '--product', product, '--no-runtime'];
  await ending(0, onEngine('connected', [...bundleCommand, ...args]));
  return output;
}

/** Packs three releases of one service, by version: 1.0 and 2.0 become healthy, 3.0 does not. */
export async function packVersions(
  work: string,
  app: Omit<SmallRelease, 'version' | 'images' | 'compose'>,
  image: string,
  compose: (check: string) => string,
  { good, bad }: { readonly good: string; readonly bad: string },
): Promise<Record<string, string>> {
  const bundles: Record<string, string> = {};
  for (const [version, check] of [
    ['1.0', good],
    ['2.0', good],
    ['3.0', bad],
  ] as const) {
    const images = [pageImage(image, `page of ${version}`)];
    const release = { ...app, version, images, compose: compose(check) };
    bundles[version] = await packRelease(work, release);
  }
  return bundles;
}

/** Restarts an engine as an operator would: stopped cleanly, then started again. */
export async function restartEngine(engine: EngineName): Promise<void> {
  const script = join(import.meta.dirname, '../../../scripts/engines');
  for (const command of ['down', 'up'])
    await ending(
      0,
      outputOf(spawn(script, [command, engine], { stdio: ['ignore', 'ignore', 'pipe'] })),
    );
}

/** Runs the command on an engine, with a state folder of its own. */
export function bundleOn(
  engine: EngineName,
  state: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Output> {
  const flags = ['--state-dir', state, '--no-progress'];
  return onEngine(engine, [...bundleCommand, ...args, ...flags], { env });
}

export async function pageOn(
  engine: EngineName,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const url = `http://127.0.0.1:${port}/`;
  return (await onEngine(engine, fetchCommand(url), { env })).stdout.trim();
}

/** Returns the output of a command that ended with this exit code; otherwise fails with its output. */
export async function ending(code: number, command: Promise<Output>): Promise<Output> {
  const output = await command;
  if (output.code === code) return output;
  throw new Error(`exit code ${output.code} instead of ${code}: ${output.stderr}${output.stdout}`);
}
