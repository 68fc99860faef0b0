import type { BundleImage } from '@bundle/format';
import type { RegistryStats, RunningRegistry } from '@bundle/registry';
import { bytesText, count, secondsText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export interface Secured {
  readonly tls: boolean;
  readonly authenticated: boolean;
}

/** Returns the message for a registry that is ready. */
export function servingText(
  { host, address, url }: Pick<RunningRegistry, 'host' | 'address' | 'url'>,
  images: readonly Pick<BundleImage, 'reference'>[],
  secured: Secured,
  colours: Colours,
): string {
  return [
    ...openness(host, secured).map((line) => `${colours.yellow(t`warning:`)} ${line}`),
    t`Serving ${count(images.length, 'image')} at ${url}, until Ctrl-C`,
    ...images.map(({ reference }) => `  docker pull ${address}/${visible(reference)}`),
  ].join('\n');
}

/** Warns about what an address beyond this host exposes. */
function openness(host: string, { tls, authenticated }: Secured): string[] {
  if (/^(127\.|localhost$|::1$)/.test(host)) return [];
  const lines = [t`other hosts can reach ${host}`];
  if (!authenticated) lines.push(t`anyone who reaches it can pull every image (--auth-file)`);
  if (!tls) {
    const what = authenticated ? t`names, passwords and images are` : t`images are`;
    lines.push(t`${what} not encrypted (--tls-cert), and docker refuses it unless configured`);
  }
  return lines;
}

/** Returns the line with the metrics. */
export function servedText(
  {
    requests,
    bytes,
    connections,
    refused,
    failed,
    aborted,
    dropped,
    malformed,
    seconds,
  }: RegistryStats & { readonly seconds: number },
  colours: Colours,
): string {
  const served = t`${count(requests, 'request')}, ${bytesText(bytes)}, ${count(connections, 'connection')} in ${secondsText(seconds)}`;
  const bad = [
    ...(refused > 0 ? [t`${refused} refused`] : []),
    ...(failed > 0 ? [t`${failed} failed`] : []),
    ...(aborted > 0 ? [t`${aborted} aborted`] : []),
    ...(dropped > 0 ? [t`${dropped} dropped`] : []),
    ...(malformed > 0 ? [t`${malformed} malformed`] : []),
  ];
  return `${colours.bold(t`Served`)} ${[served, ...bad].join(t`; `)}`;
}
