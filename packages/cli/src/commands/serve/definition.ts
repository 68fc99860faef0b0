import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, `expected a number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, {
      error: `expected a number from ${least} to ${most}`,
    });
const path = z.string().min(1, 'expected a path').optional();

const options = partOptions.extend({
  listen: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'expected an address such as 0.0.0.0, without a port')
    .default('127.0.0.1'),
  port: wholeNumber(0, 65_535).default(5000),
  tlsCert: path,
  tlsKey: path,
  authFile: path,
  maxConnections: wholeNumber(1, 10_000).default(128),
});

export type ServeChoice = z.output<typeof options>;

export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'let engines pull the images of bundles',
  description: `Serves the images of bundles as a read-only registry (OCI distribution API) from where the bundles lie, until Ctrl-C. Nothing is unpacked. docker, podman, containerd and skopeo pull from it.

Only this host can reach it unless --listen names another address. Who can reach it can pull every image: use --tls-cert and --auth-file on a network that others share.`,
  setUp: (command) =>
    addPartOptions(command.argument('<bundle...>', 'folders, .tar or .parts.json files'))
      .option('--listen <address>', 'address of this host to listen at (default: 127.0.0.1)')
      .option('--port <number>', 'default: 5000; 0: any that is free')
      .option('--tls-cert <file>', 'speak TLS with this certificate or chain (PEM)')
      .option('--tls-key <file>', 'its key (PEM)')
      .option('--auth-file <file>', 'answer only these: lines NAME:PASSWORD (basic authentication)')
      .option(
        '--max-connections <number>',
        'that are answered at once; others are turned away (default: 128)',
      ),
  options,
  examples: [
    ['bundle serve shop.tar', 'then on this host: docker pull 127.0.0.1:5000/shop/api:1.0'],
    ['bundle serve shop.tar --listen 0.0.0.0 --tls-cert c.pem --tls-key k.pem', 'for other hosts'],
    ['bundle serve a.tar b.tar --auth-file users', 'two bundles; a password is asked for'],
  ],
  exitCodes: [...openingCodes, 'digest-mismatch', 'address-unavailable', 'base-missing'],
  run: async (context, bundles, chosen) => {
    const { runServe } = await import('./run.ts');
    return runServe(context, bundles, chosen);
  },
});
