import { type BundleManifest, formatPlatform, needsFilling, paths } from '@bundle/format';

/** Makes images-info.txt: the contents of the bundle, readable without any tool. */
export function imagesInfo(manifest: Omit<BundleManifest, 'files' | 'sizes'>): string {
  const blocks = manifest.images.map((image) =>
    [
      image.reference,
      `  services:   ${image.services.join(', ') || '-'}`,
      `  image ID:   ${image.imageId}`,
      `  platform:   ${formatPlatform(image.platform)}`,
      `  layers:     ${image.layers.length}, ${image.layers.reduce((sum, { size }) => sum + size, 0)} bytes stored`,
      ...image.layers.map(({ digest, size }) => `    ${digest}  ${size}`),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

/** README.txt: how to use the bundle on the offline host, with our command and without it. */
export function readme(
  manifest: Pick<
    BundleManifest,
    'product' | 'version' | 'created' | 'platform' | 'envFiles' | 'base' | 'omitted'
  >,
  carriesCommand: boolean,
): string {
  if (manifest.omitted?.length) return incrementalReadme(manifest, manifest.omitted.length);
  const command = carriesCommand ? `./${paths.runtime}` : 'bundle';
  const withCommand = carriesCommand
    ? 'With the command that it carries (needs glibc 2.28 or later, and libstdc++)'
    : 'With the bundle command';
  const singleFile = carriesCommand
    ? `In a single-file bundle, unpack the command first: tar -xf FILE ${paths.runtime}
Then ${command} import FILE. For the rest, unpack all: tar -xf FILE`
    : 'In a single-file bundle, unpack it first (tar -xf FILE) for what goes without `bundle`.';
  const loadAlone =
    '`docker load -i FILE` loads the images of a single-file bundle and nothing else.';
  const { product, version, created, platform, envFiles } = manifest;
  const examples = envFiles.map(
    (file) =>
      `   cp ${file.example} ${file.path}${needsFilling(file) ? '   # and fill it in' : ''}`,
  );
  return `${product} ${version}
Made ${created} for ${formatPlatform(platform)}. Nothing here needs a network.

In one step: check, load, start
   sh ${paths.installScript}        sh ${paths.installScript} --help says what it does

${withCommand}
   ${command} verify .      checks every byte
   ${command} import .      loads the images and says how to start the application
   ${command} --help        what else there is

Without it
   sha256sum -c ${paths.checksums}
   tar -C ${paths.imagesDir} -cf - . | docker load
${examples.map((line) => `${line}\n`).join('')}   docker compose -f ${paths.compose} -f ${paths.composeOffline} up -d --pull never --no-build

${singleFile}
${loadAlone}
Settings: ${paths.envExample} lists them; put yours in a file called .env beside ${paths.compose}.
${paths.imagesInfo} lists the images, ${paths.manifest} describes everything.
`;
}

/** Neither `docker load` nor install.sh could tell whether the host has the rest. */
function incrementalReadme(
  {
    product,
    version,
    created,
    platform,
    base,
  }: Pick<BundleManifest, 'product' | 'version' | 'created' | 'platform' | 'base'>,
  omitted: number,
): string {
  const on =
    base === undefined
      ? 'made for hosts that sent an inventory'
      : `builds on ${base.product} ${base.version}, ${base.digest}`;
  return `${product} ${version}
Made ${created} for ${formatPlatform(platform)}. Nothing here needs a network.

This bundle is INCREMENTAL: it ${on}.
It leaves out ${omitted} layer${omitted === 1 ? '' : 's'} that the host has already, so it can only be imported with the
bundle command, which checks that they are there before it changes anything:
   bundle verify .      checks every byte
   bundle import .      loads what is new and says how to start the application

Do not use \`docker load\`: with the containerd image store it would leave broken images.
${paths.imagesInfo} lists the images, ${paths.manifest} describes everything ("omitted": what is left out).
`;
}
