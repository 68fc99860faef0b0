import { execFile } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ioError, readTextIfThere, runtimeFolder, userFolder } from '@bundle/files';
import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import type { Instance } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';
import { ownerLine, type ServiceUnit, unitName } from './unit.ts';

const run = promisify(execFile);

/** The service manager of the system, or of a user. */
export type ServiceScope = 'system' | 'user';

export interface InstalledUnit {
  readonly scope: ServiceScope;
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** Returns the folder of an operator's units (systemd.unit(5)). */
export function unitFolder(scope: ServiceScope, env: NodeJS.ProcessEnv): string {
  if (scope === 'system') return '/etc/systemd/system';
  return join(userFolder('config', env), 'systemd/user');
}

/** Lists the units of this application in both managers. */
export async function installedUnits(
  { name: instance, root }: Instance,
  env: NodeJS.ProcessEnv,
): Promise<InstalledUnit[]> {
  const found: InstalledUnit[] = [];
  for (const scope of ['system', 'user'] as const) {
    const name = unitName(instance);
    const path = join(unitFolder(scope, env), name);
    const text = await readTextIfThere(path);
    if (text !== undefined && isOwn(text, root)) found.push({ scope, name, path, text });
  }
  return found;
}

function isOwn(text: string, root: string): boolean {
  return text.split('\n').includes(ownerLine(root));
}

/** Describes an installation before it happens. */
export interface UnitPlan {
  readonly scope: ServiceScope;
  readonly path: string;
  readonly unit: ServiceUnit;
  /** `same`: an identical unit is installed. */
  readonly change: 'new' | 'changed' | 'same';
  readonly commands: readonly (readonly string[])[];
}

/** Plans the installation; fails with `unit-foreign` if a unit of that name belongs to something else. */
export async function planService(
  unit: ServiceUnit,
  { root }: Instance,
  scope: ServiceScope,
  env: NodeJS.ProcessEnv,
): Promise<UnitPlan> {
  const path = join(unitFolder(scope, env), unit.name);
  const before = await readTextIfThere(path);
  if (before !== undefined && !isOwn(before, root)) {
    throw new BundleError('unit-foreign', {
      operation: 'installing the service',
      subject: unit.name,
      expected: `no unit, or the one of the application in ${root}`,
      found: `another unit in ${path}`,
      hint: 'Remove that one first, or import this application under another --name.',
    });
  }
  const change = before === undefined ? 'new' : before === unit.text ? 'same' : 'changed';
  const commands = [
    systemctl(scope, 'daemon-reload'),
    systemctl(scope, 'enable', '--now', unit.name),
  ];
  return { scope, path, unit, change, commands };
}

/** Writes and enables the unit; repeating it changes nothing. Fails with `service-unavailable`. */
export async function installService({ scope, path, unit, commands }: UnitPlan): Promise<void> {
  await requireManager(scope);
  await writePrivate(path, unit.text, 0o644);
  for (const command of commands) await runManager(command);
}

/** Disables and removes units, also if no service manager runs. The application keeps running. */
export async function removeUnits(units: readonly InstalledUnit[]): Promise<void> {
  for (const { scope, name, path } of units) {
    const runs = await managerRuns(scope);
    if (runs) await runManager(systemctl(scope, 'disable', name));
    await rm(path, { force: true });
    if (!runs) continue;
    await runManager(systemctl(scope, 'daemon-reload'));
    // Makes the manager forget the unit; it is fine if there is nothing to stop.
    await stateOf(systemctl(scope, 'stop', name));
  }
}

export interface UnitState extends InstalledUnit {
  /** As reported by systemctl: `enabled`, `active` and so on; undefined if no service manager runs. */
  readonly enabled?: string;
  readonly active?: string;
}

export async function unitStates(units: readonly InstalledUnit[]): Promise<UnitState[]> {
  const states: UnitState[] = [];
  for (const unit of units) {
    if (!(await managerRuns(unit.scope))) states.push(unit);
    else {
      const enabled = await stateOf(systemctl(unit.scope, 'is-enabled', unit.name));
      const active = await stateOf(systemctl(unit.scope, 'is-active', unit.name));
      states.push({ ...unit, enabled, active });
    }
  }
  return states;
}

function systemctl(scope: ServiceScope, ...words: readonly string[]): readonly string[] {
  return ['systemctl', ...(scope === 'user' ? ['--user'] : []), ...words];
}

function runSystemctl([file = '', ...words]: readonly string[]) {
  return run(file, words, { env: { ...process.env, XDG_RUNTIME_DIR: runtimeFolder(process.env) } });
}

/** Tells whether a service manager runs: as sd_booted(3) does, or for a user by the manager's own folder. */
async function managerRuns(scope: ServiceScope): Promise<boolean> {
  const user = join(runtimeFolder(process.env), 'systemd');
  try {
    await access(scope === 'system' ? '/run/systemd/system' : user);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw ioError(error, 'looking for', 'systemd', 'input-unreadable');
  }
}

async function requireManager(scope: ServiceScope): Promise<void> {
  if (await managerRuns(scope)) return;
  throw unavailable(
    scope === 'system' ? 'systemd' : 'the systemd of this user',
    'it does not run here',
    scope === 'system'
      ? '`bundle service install --print` shows the unit: run its ExecStart line each time this host has booted and the engine is up.'
      : 'Log in as that user, or enable their systemd without a login: `loginctl enable-linger`. As root, leave out --user.',
  );
}

async function runManager(command: readonly string[]): Promise<void> {
  try {
    await runSystemctl(command);
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const hint =
      'The unit was written. For details, see `systemctl status` and `journalctl -u` for it.';
    throw unavailable(command.join(' '), stderr || reasonOf(error), hint, error);
  }
}

/** Returns the answer to a question. systemctl also exits with an error if the answer is no. */
async function stateOf(command: readonly string[]): Promise<string> {
  const answer = await runSystemctl(command).catch((error: unknown) =>
    error instanceof Error && 'stdout' in error ? { stdout: String(error.stdout) } : { stdout: '' },
  );
  return answer.stdout.trim() || 'unknown';
}

function unavailable(subject: string, found: string, hint: string, cause?: unknown): BundleError {
  return new BundleError('service-unavailable', {
    operation: 'asking the service manager:',
    subject,
    expected: 'systemd to accept it',
    found,
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}
