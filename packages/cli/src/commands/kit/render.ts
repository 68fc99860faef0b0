import { formatPlatform, shellWord } from '@bundle/format';
import { bytesText } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

interface Kit {
  readonly version: string;
  readonly platform: Parameters<typeof formatPlatform>[0];
  readonly plugins: { readonly compose?: string | undefined; readonly buildx?: string | undefined };
}

interface Written {
  readonly output: string;
  readonly kit: Kit;
  readonly digest: string;
  readonly bytes: number;
}

export function kitText({ output, kit, digest, bytes }: Written, colours: Colours): string {
  const word = visible(shellWord(output));
  return t`${colours.green(t`Wrote`)} ${visible(output)}: ${bytesText(bytes)}, ${formatPlatform(kit.platform)}
${contentsText(kit)}
${digest}

${colours.bold(t`On each offline host`)}
  tar -xf ${word} runtime/bundle
  sudo ./runtime/bundle kit ${word}`;
}

interface Installed {
  readonly kit: Kit;
  readonly digest: string;
  readonly command: string;
}

interface Put {
  readonly path: string;
  readonly isOwn: boolean;
}

export function installedText(
  { kit, digest, command }: Installed,
  put: Put | undefined,
  colours: Colours,
): string {
  const other =
    put?.isOwn === false ? `${t`${put.path} is something else, and stays as it is`}\n` : '';
  const start = put?.isOwn === true ? put.path : visible(command);
  return `${colours.green(t`Installed`)} ${visible(contentsText(kit))}
${digest}
${other}
${colours.bold(t`Start it as`)}
  ${start}`;
}

function contentsText({ version, plugins }: Kit): string {
  const { compose, buildx } = plugins;
  return [
    `bundle ${version}`,
    compose === undefined ? t`no Compose` : t`Compose ${compose}`,
    buildx === undefined ? t`no buildx` : t`buildx ${buildx}`,
  ].join(', ');
}
