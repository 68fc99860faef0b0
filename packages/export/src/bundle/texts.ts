import {
  type BundleManifest,
  formatPlatform,
  needsFilling,
  paths,
  shellWord,
} from '@bundle/format';

/** Generates images-info.txt: the contents of the bundle, readable without any tool. */
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

/** Generates README.txt: how to use the bundle on the offline host with and without the bundle command. */
export function readme(
  manifest: Pick<
    BundleManifest,
    'product' | 'version' | 'created' | 'platform' | 'envFiles' | 'base' | 'omitted' | 'deltas'
  >,
  carriesCommand: boolean,
): string {
  const omitted = manifest.omitted?.length ?? 0;
  const deltas = new Set(manifest.deltas?.map(({ digest }) => digest)).size;
  if (omitted + deltas > 0) return incrementalReadme(manifest, omitted, deltas);
  const command = carriesCommand ? `./${paths.runtime}` : 'bundle';
  const withCommand = carriesCommand
    ? 'With the command in this bundle (needs gzip, glibc 2.28 or later, and libstdc++; unpacks itself to ~/.cache or $TMPDIR)'
    : 'With the bundle command';
  const singleFile = carriesCommand
    ? `In a single-file bundle, unpack the command first: tar -xf FILE ${paths.runtime}
Then ${command} import FILE. For the rest, unpack all: tar -xf FILE`
    : 'In a single-file bundle, unpack it first (tar -xf FILE) for the steps that do not use `bundle`.';
  const loadAlone =
    '`docker load -i FILE` loads the images of a single-file bundle and nothing else.';
  const { product, version, created, platform, envFiles } = manifest;
  const examples = envFiles.map(
    (file) =>
      `   cp ${shellWord(file.example)} ${shellWord(file.path)}${needsFilling(file) ? '   # then fill it in' : ''}`,
  );
  return `${product} ${version}
Made ${created} for ${formatPlatform(platform)}. Nothing here needs a network.

${checkFirst(carriesCommand)}

In one step: check, load, start
   sh ${paths.installScript}        sh ${paths.installScript} --help explains it

${withCommand}
   ${command} verify .      checks every byte
   ${command} import .      loads the images and says how to start the application
   ${command} --help        lists the other commands
${carriesCommand ? `   On a medium from which nothing may be started: sh ${paths.runtime} import .\n` : ''}
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

/** Explains how to check the bundle with tools of the host, before anything of it runs. */
function checkFirst(carriesCommand: boolean): string {
  const programs = carriesCommand
    ? `${paths.installScript} and ${paths.runtime} come`
    : `${paths.installScript} comes`;
  return `Before anything else
   ${programs} with this bundle: anything you start from it runs before it is checked.
   A host that has a bundle command uses its own:  bundle import .
   Otherwise check its signer, then every file, with tools of your host (and compare this line with the guide of the
   command, because it came with the bundle too). KEYS is your list of trusted keys, NAME a signer in it:

   ssh-keygen -Y verify -f KEYS -I NAME -n bundle-manifest@v1 -s ${paths.signature} <${paths.manifest} && ${listCommand} | sha256sum -c

   If it is not signed, compare \`sha256sum ${paths.manifest}\` with the digest that you were told, and run the second half.`;
}

/** The list for `sha256sum -c`, made from bundle.json: nothing that is signed covers checksums.sha256. */
const listCommand = String.raw`sed -n -e '/^ *"path": "/{s///;s/",*$//;s/\\"/"/g;h;}' -e '/^ *"sha256": "/{s///;s/".*//;G;s/\n/  /;p;}' ${paths.manifest}`;

/**
 * Generates README.txt for an incremental bundle. Neither `docker load` nor install.sh could tell whether the host has
 * the rest.
 */
function incrementalReadme(
  {
    product,
    version,
    created,
    platform,
    base,
  }: Pick<BundleManifest, 'product' | 'version' | 'created' | 'platform' | 'base'>,
  omitted: number,
  deltas: number,
): string {
  const layers = (number: number): string => `${number} layer${number === 1 ? '' : 's'}`;
  const on =
    base === undefined
      ? 'made for hosts that sent an inventory'
      : `builds on ${base.product} ${base.version}, ${base.digest}`;
  return `${product} ${version}
Made ${created} for ${formatPlatform(platform)}. Nothing here needs a network.

This bundle is INCREMENTAL: it ${on}.
It leaves out ${layers(omitted)} that the host already has${deltas === 0 ? '' : `,\nand carries ${layers(deltas)} as what changed in older ones`}, so it can only be imported with the
bundle command, which checks that they are there before it changes anything:
   bundle verify .      checks every byte
   bundle import .      loads what is new and says how to start the application

Do not use \`docker load\`: with the containerd image store it would leave broken images.
${paths.imagesInfo} lists the images, ${paths.manifest} describes everything ("omitted": what is left out${deltas === 0 ? '' : '; "deltas": what is carried as a change; needs a reader of format 1.8'}).
`;
}
