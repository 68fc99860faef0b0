import type { ErrorCode } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';
import { collectList } from '../../command.ts';
import { countOption, pathOption } from '../../shared/options/values.ts';

/** Parses a number of hosts, or their names with commas between. */
const canaryOption = z.string().transform((text, issues): number | string[] => {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  const names = text.split(',').filter((name) => name !== '');
  if (names.length > 0) return names;
  issues.addIssue('expected a number of hosts, or names with commas between');
  return z.NEVER;
});

/** Options of a deployment to hosts by ssh that a swarm has not. */
export const fleetOnly = z.object({
  hosts: pathOption.optional(),
  limit: z.array(z.string()).default([]),
  parallel: countOption.optional(),
  canary: canaryOption.optional(),
  status: z.boolean().default(false),
});

/** Returns the first option that only hosts by ssh have; undefined where none is given. */
export function fleetOptionOf({
  limit,
  parallel,
  canary,
  status,
}: z.output<typeof fleetOnly>): string | undefined {
  const given = {
    '--limit': limit.length > 0,
    '--parallel': parallel !== undefined,
    '--canary': canary !== undefined,
    '--status': status,
  };
  return Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
}

export function addFleetOptions(command: Command): Command {
  return command
    .option('--hosts <file>', 'hosts to deploy to by ssh: YAML, or an inventory of Ansible')
    .option(
      '--limit <name>',
      'only these hosts or groups, comma-separated or repeated; with --hosts',
      collectList,
    )
    .option('--parallel <n>', 'number of hosts at a time; with --hosts (default: 5)')
    .option(
      '--canary <n|names>',
      'hosts to change first: a number or names; with --hosts (default: 1)',
    )
    .option('--status', 'show what each host runs; change nothing; with --hosts');
}

export const fleetExamples: readonly (readonly [string, string])[] = [
  ['bundle deploy shop.tar --hosts hosts.yaml', 'one host first, then five at a time'],
  ['bundle deploy shop.tar --hosts inventory.ini --limit web --canary 2', 'a group of Ansible’s'],
  ['bundle deploy shop.tar --hosts hosts.yaml --dry-run', 'what each host lacks'],
  ['bundle deploy --hosts hosts.yaml --status', 'what each host runs'],
];

export const fleetCodes: readonly ErrorCode[] = [
  'runtime-missing',
  'inventory-invalid',
  'hosts-invalid',
  'host-unreachable',
  'deploy-stopped',
];
