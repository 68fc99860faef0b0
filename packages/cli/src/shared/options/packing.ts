import { productName, releaseVersion } from '@bundle/format';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { collect } from '../../command.ts';
import { addNameOption } from './host.ts';
import { partSizeOption, pathOption } from './values.ts';

const formats = ['folder', 'tar'] as const;

/** Options of the commands that write a new bundle: `export` and `adopt`. */
export const packingOptions = z.object({
  output: pathOption.optional(),
  format: z.enum(formats).optional(),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  from: z.string().min(1).optional(),
  plainHttp: z.array(z.string().min(1)).optional(),
  withEnv: z.array(z.string()).optional(),
  include: z.array(pathOption).optional(),
  exclude: z.array(pathOption).optional(),
  allowPrivateKeys: z.boolean().optional(),
  allowSecret: z.array(z.string()).optional(),
  split: partSizeOption.optional(),
  cache: z.union([pathOption, z.literal(false)]).optional(),
  name: productName.optional(),
  releaseVersion: releaseVersion.optional(),
  sign: z.array(pathOption).optional(),
});

/** Adds the options that say what to write and where. */
export function addOutputOptions(command: Command, output: string): Command {
  return command
    .option('-o, --output <path>', output)
    .addOption(
      new Option('--format <form>', 'default: tar when the output ends in .tar').choices(formats),
    )
    .option('--force', 'replace an existing bundle');
}

export function addPlainHttpOption(command: Command): Command {
  return command.option(
    '--plain-http <host>',
    'registry to reach without TLS, HOST or HOST:PORT, repeatable',
    collect,
  );
}

/** Adds the options that choose among the files of an application. */
export function addContentOptions(command: Command): Command {
  return command
    .option('--with-env <file>', 'env file to pack with its values, repeatable', collect)
    .option(
      '--include <path>',
      'mounted file or folder to pack, whatever it holds, repeatable',
      collect,
    )
    .option(
      '--exclude <path>',
      'mounted file or folder to leave out, repeatable; a folder starts empty on the offline host',
      collect,
    )
    .option('--allow-private-keys', 'pack private keys in mounted files without asking')
    .option(
      '--allow-secret <name>',
      'pack this secret: its name as the command prints it, a file, or a folder with / at its end; repeatable',
      collect,
    );
}

/** Adds the options for how a bundle is written, signed and named. */
export function addWritingOptions(command: Command): Command {
  return addNameOption(
    command
      .option(
        '--split <size>',
        'cut the single file into parts: fat32, dvd, cd or a size such as 4000M',
      )
      .option(
        '--cache <dir>',
        'layer cache, for quicker runs (also: BUNDLE_LAYER_CACHE; default: in the cache folder of the user)',
      )
      .option('--no-cache', 'do not use the layer cache')
      .option(
        '--sign <key>',
        'sign with a private key of OpenSSH, or the public key of one in ssh-agent; repeatable',
        collect,
      )
      .option(
        '--release-version <version>',
        'version of the release (default: the date of its newest image)',
      ),
    'name of the application (also: --product; default: the Compose project name)',
  );
}
