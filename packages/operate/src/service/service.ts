import { execFile } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ioError, readTextIfThere } from '@bundle/files';
import { BundleError, reasonOf, systemErrorCode } from '@bundle/format';
import type { Instance } from '@bundle/host';
import { writePrivate } from '../settings/settings-files.ts';
import { ownerLine, type ServiceUnit, unitName } from './unit.ts';

const run = promisify(execFile);

/** The manager of the system, or of a user. */
export type ServiceScope = 'system' | 'user';

export interface InstalledUnit {
  readonly scope: ServiceScope;
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** Where an operator's units are (systemd.unit(5)). */
export function unitFolder(scope: ServiceScope, env: NodeJS.ProcessEnv): string {
  if (scope === 'system') return '/etc/systemd/system';
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'systemd/user');
}

/** Units of this application, of both managers. */
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
  /** `same`: it is there, byte for byte. */
  readonly change: 'new' | 'changed' | 'same';
  readonly commands: readonly (readonly string[])[];
}

/** Fails with `unit-foreign` where a unit of that name is somebody else's. */
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
      expected: `none, or the one of the application in ${root}`,
      found: `another one in ${path}`,
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

/** Writes the unit and turns it on; again, nothing changes. Fails with `service-unavailable`. */
export async function installService({ scope, path, unit, commands }: UnitPlan): Promise<void> {
  await requireManager(scope);
  await writePrivate(path, unit.text, 0o644);
  for (const command of commands) await runManager(command);
}

/** Turns units off and removes them; what they started goes on. Also where no manager runs. */
export async function removeUnits(units: readonly InstalledUnit[]): Promise<void> {
  for (const { scope, name, path } of units) {
    const runs = await managerRuns(scope);
    if (runs) await runManager(systemctl(scope, 'disable', name));
    await rm(path, { force: true });
    if (!runs) continue;
    await runManager(systemctl(scope, 'daemon-reload'));
    // Gone from the manager's memory too; that nothing could be stopped is not a failure.
    await stateOf(systemctl(scope, 'stop', name));
  }
}

export interface UnitState extends InstalledUnit {
  /** As systemctl says it: `enabled`, `active` and so on; undefined where no manager runs. */
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

/** The folder that a user's manager is found by; a login sets the variable, `sudo -u` and `su` do not. */
function runtimeDir(): string {
  return process.env['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.() ?? 0}`;
}

function runSystemctl([file = '', ...words]: readonly string[]) {
  return run(file, words, { env: { ...process.env, XDG_RUNTIME_DIR: runtimeDir() } });
}

/** sd_booted(3), and for a user their manager's own folder. */
async function managerRuns(scope: ServiceScope): Promise<boolean> {
  const user = join(runtimeDir(), 'systemd');
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
      ? '`bundle service install --print` shows the unit: its ExecStart line is what has to run after a start of this host, once the engine is up.'
      : 'Log in as that user, or let its systemd run without a login: `loginctl enable-linger`. As root, leave out --user.',
  );
}

async function runManager(command: readonly string[]): Promise<void> {
  try {
    await runSystemctl(command);
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const hint = 'The unit is written. `systemctl status` and `journalctl -u` of it say more.';
    throw unavailable(command.join(' '), stderr || reasonOf(error), hint, error);
  }
}

/** The first word of a question's answer, which also ends with an error when the answer is no. */
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
    expected: 'a systemd that takes it',
    found,
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}
