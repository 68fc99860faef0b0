import { permissionKinds, releaseVersion } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';
import { usageError } from '../../usage.ts';
import { addOperateOptions, operateOptions } from './host.ts';
import { durationOption, pairs, pathOption } from './values.ts';

/** Options of commands that start something and wait for it. */
export const timeoutOption = z.object({ timeout: durationOption.default(180) });

export function addTimeoutOption(command: Command): Command {
  return command.option(
    '--timeout <duration>',
    'time limit for becoming healthy, such as 90, 15s or 5m (default: 180s)',
  );
}

/** Settings of an application from the command line. */
export const valueOptions = z.object({
  set: pairs(/^(?:[^:=]+:)?[A-Za-z_]\w*=/, 'expected NAME=VALUE or FILE:NAME=VALUE'),
  envFile: z.array(pathOption).default([]),
});

/** The same, and those from a file that was encrypted for this host. */
export const settingOptions = z.object({
  ...valueOptions.shape,
  settings: pathOption.optional(),
  identity: z.array(pathOption).default([]),
  passphraseFile: pathOption.optional(),
});

export type ValueChoice = z.output<typeof valueOptions>;
export type SettingChoice = z.output<typeof settingOptions>;

export function addValueOptions(command: Command): Command {
  return command
    .option(
      '--set <name=value>',
      'a setting, repeatable; NAME in .env, FILE:NAME in an env file of a service',
      collect,
    )
    .option(
      '--env-file <file>',
      'settings from an env file, or from JSON with NAME or FILE:NAME as keys; repeatable',
      collect,
    );
}

export function addSettingOptions(command: Command): Command {
  return addValueOptions(command)
    .option('--settings <file>', 'settings from an encrypted file of bundle settings')
    .option('--identity <file>', 'private key of age or SSH to open it with, repeatable', collect)
    .option('--passphrase-file <file>', 'passphrase to open it with (default: asked for)');
}

/** Options of the commands that start a release: `up`, `rollback` and `import --up`. */
export const startOptions = z.object({
  ...timeoutOption.shape,
  settle: durationOption.default(5),
  probe: z
    .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
    .optional(),
  ...settingOptions.shape,
  allow: z.array(z.enum(['all', ...permissionKinds])).default([]),
  backupVolumes: z.boolean().default(false),
});

export function addStartOptions(command: Command): Command {
  return addSettingOptions(addTimeoutOption(command))
    .option('--settle <duration>', 'time to stay up afterwards without a restart (default: 5s)')
    .option('--probe <url>', 'address to ask; must answer with a status below 400')
    .option(
      '--allow <kind>',
      `permission to grant the application on this host, repeatable: all, ${permissionKinds.join(', ')}`,
      collect,
    )
    .option('--backup-volumes', 'stop the services and copy their named volumes first');
}

/** Checks that a start makes again, however the release was imported. */
const startChecks = ['ports', 'mounts'] as const;

/** Options that `up` and `rollback` share. */
export const bringUpOptions = z.object({
  ...operateOptions.shape,
  ...startOptions.shape,
  dryRun: z.boolean().default(false),
  ignore: z.array(z.enum(startChecks)).default([]),
});

export function addBringUpOptions(command: Command): Command {
  const own = command
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would change; change nothing')
    .addOption(
      new Option('--ignore <check>', 'checks to ignore, comma-separated or repeated')
        .choices(startChecks)
        .argParser(collect),
    );
  return addOperateOptions(addStartOptions(own));
}

const release = z.union([releaseVersion, z.string().regex(/^sha256:[0-9a-f]{6,64}$/)]);

/** Parses the argument that names a release. */
export function parseRelease(text: string | undefined): string | undefined {
  if (text === undefined || release.safeParse(text).success) return text;
  throw usageError('the release', 'a version, or the beginning of a digest', text);
}
