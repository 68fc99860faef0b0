import { permissionKinds } from '@bundle/compose';
import { type ErrorCode, productName, releaseVersion } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';
import { addEngineOptions, engineOptions } from './engine.ts';

const seconds = z.coerce.number('expected seconds').min(0, 'expected seconds').max(86_400);

/** Of all commands that start something and wait for it. */
export const timeoutOption = z.object({ timeout: seconds.default(180) });

export function addTimeoutOption(command: Command): Command {
  return command.option('--timeout <seconds>', 'time to get healthy in (default: 180)');
}

/** Of the instance that a command works on. */
export const instanceOptions = z.object({
  name: productName.optional(),
  stateDir: z.string().min(1, 'expected a path').optional(),
});

export function addInstanceOptions(command: Command): Command {
  return command
    .option('--name <name>', 'the application (default: the only one on this host)')
    .option('--state-dir <path>', 'state folder (also: BUNDLE_STATE_DIR), as for import');
}

/** Of the commands that start a release: `up`, `rollback` and `import --up`. */
export const startOptions = timeoutOption.extend({
  settle: seconds.default(5),
  probe: z
    .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
    .optional(),
  set: z
    .array(z.string().regex(/^[A-Za-z_]\w*=/, 'expected NAME=VALUE'))
    .default([])
    .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2)))),
  envFile: z.array(z.string().min(1, 'expected a path')).default([]),
  allow: z.array(z.enum(['all', ...permissionKinds])).default([]),
  backupVolumes: z.boolean().default(false),
});

export function addStartOptions(command: Command): Command {
  return addTimeoutOption(command)
    .option('--settle <seconds>', 'quiet time afterwards in which nothing may restart (default: 5)')
    .option('--probe <url>', 'address that has to answer with a status below 400')
    .option('--set <name=value>', 'a setting, repeatable; written into .env', collect)
    .option('--env-file <file>', 'settings from a file, repeatable', collect)
    .option(
      '--allow <kind>',
      `allow what the application asks for of this host, repeatable: all, ${permissionKinds.join(', ')}`,
      collect,
    )
    .option('--backup-volumes', 'stop the services and copy their named volumes first');
}

/** What `up` and `rollback` have in common. */
export const bringUpOptions = engineOptions
  .extend(instanceOptions.shape)
  .extend(startOptions.shape)
  .extend({ dryRun: z.boolean().default(false) });

export function addBringUpOptions(command: Command): Command {
  const own = command
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would change; change nothing');
  return addEngineOptions(addInstanceOptions(addStartOptions(own)));
}

export const releaseArgument = z.union([
  releaseVersion,
  z.string().regex(/^sha256:[0-9a-f]{6,64}$/),
]);

export const startCodes: readonly ErrorCode[] = [
  'engine-unreachable',
  'engine-too-old',
  'engine-failed',
  'compose-plugin-missing',
  'compose-invalid',
  'image-not-found',
  'no-space',
  'state-unwritable',
  'busy',
  'input-unreadable',
  'manifest-invalid',
  'schema-newer',
  'start-failed',
  'settings-missing',
  'consent-missing',
  'project-foreign',
  'release-unhealthy',
  'release-not-found',
  'config-check-failed',
  'port-taken',
  'return-failed',
];
