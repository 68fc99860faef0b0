import { channelName } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';

/** Of the commands that compare a bundle with what this host has imported. */
export const orderOptions = z.object({
  channel: channelName.optional(),
  allowOlder: z.boolean().default(false),
});

export function addOrderOptions(command: Command): Command {
  return command
    .option(
      '--channel <name>',
      'channel to follow from now on (default: that of the last bundle of this instance)',
    )
    .option(
      '--allow-older',
      'accept a bundle older than the newest one this host has imported; this instance counts from it on',
    );
}
