import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';
import { pathOption } from '../../shared/options/values.ts';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, `expected a number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, {
      error: `expected a number from ${least} to ${most}`,
    });
const path = pathOption.optional();
const address = /^(?:\[([\d.:a-fA-F%]+)\]|([\w.-]*))(?::(\d{1,5}))?$/;

/** Parses `HOST`, `HOST:PORT`, `:PORT` (this host only), `[IPV6]:PORT` or a bare IPv6 address. */
const listenOption = z.string().transform((text, issues): { host: string; port?: number } => {
  if (isIPv6(text)) return { host: text };
  const [found, bracketed, name, digits] = address.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (!found || (port ?? 0) > 65_535) {
    issues.addIssue('expected HOST or HOST:PORT, such as 0.0.0.0:5000 or [::1]:5000');
    return z.NEVER;
  }
  return { host: bracketed || name || '127.0.0.1', ...(port === undefined ? {} : { port }) };
});

const options = partOptions.extend({
  listen: listenOption.default({ host: '127.0.0.1' }),
  port: wholeNumber(0, 65_535).optional(),
  tlsCert: path,
  tlsKey: path,
  authFile: path,
  maxConnections: wholeNumber(1, 10_000).default(128),
});

export type ServeChoice = z.output<typeof options>;

export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'let engines pull the images of bundles',
  description: `Serves the images of bundles as a read-only registry (OCI distribution API) straight from the bundles, until Ctrl-C. Nothing is unpacked. docker, podman, containerd and skopeo pull from it.

Only this host can reach it unless --listen names another address. Every client that reaches it can pull every image: use --tls-cert and --auth-file on a shared network.`,
  setUp: (command) =>
    addPartOptions(
      command.argument(
        '[bundle...]',
        'folders, .tar or .parts.json files (default: the only bundle in this folder)',
      ),
    )
      .option('--listen <host[:port]>', 'address to listen on (default: 127.0.0.1)')
      .option('--port <number>', 'port to listen on, 0 for any free one (default: 5000)')
      .option('--tls-cert <file>', 'use TLS with this certificate or chain (PEM)')
      .option('--tls-key <file>', 'key of the certificate (PEM)')
      .option(
        '--auth-file <file>',
        'accept only these users: lines NAME:PASSWORD (basic authentication)',
      )
      .option(
        '--max-connections <number>',
        'maximum number of concurrent connections; further ones are refused (default: 128)',
      ),
  options,
  examples: [
    ['bundle serve shop.tar', 'then on this host: docker pull 127.0.0.1:5000/shop/api:1.0'],
    [
      'bundle serve shop.tar --listen 0.0.0.0:5000 --tls-cert c.pem --tls-key k.pem',
      'for other hosts',
    ],
    ['bundle serve a.tar b.tar --auth-file users', 'two bundles, with passwords'],
  ],
  exitCodes: [...openingCodes, 'digest-mismatch', 'address-unavailable', 'base-missing'],
  run: async (context, bundles, chosen) => {
    const { runServe } = await import('./run.ts');
    return runServe(context, bundles.length > 0 ? bundles : [theOnlyBundle], chosen);
  },
});
