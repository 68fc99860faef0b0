import { paths } from '@bundle/format';
import type { IncrementalFacts, PaperTexts, ReadmeFacts } from './texts.ts';

export const english: PaperTexts = {
  readme: (facts) => [page(facts), details(facts)].join('\n'),

  quickRebuild: ({ product, version }, recipes) => {
    const first = recipes[0]?.services[0] ?? '';
    const menu = [...recipes.map(({ services }) => services.join(', ')), 'all'];
    return `${product} ${version}: a new image from changed source, without a network

1. Import the bundle once:             bundle import BUNDLE
2. Go to the source of the project:    cd PROJECT        (the folder of its Compose file)
3. Change the source.
4. Rebuild and start it:               bundle rebuild ${first} --up

Without a service name there is a menu:
${menu.map((name, index) => `   ${index + 1}  ${name}`).join('\n')}

The new image is worse?                bundle rebuild --undo ${first} --up
No source on this host?                bundle source     (if the bundle carries it)
No bundle command on this host?        sh build-cache/rebuild.sh ${first} --source PROJECT --up
It did not work?                       bundle doctor
More:                                  build-cache/README.md
`;
  },

  rebuildReadme: ({ product, version }, recipes, engine) => {
    const rows = recipes.map(
      ({ services, image, context, stages, bases }) =>
        `| ${services.join(', ')} | \`${image}\` | \`${context}\` | ${stages.map(({ name }) => name).join(', ')} | ${bases.map(({ reference }) => `\`${reference}\``).join(', ') || '-'} |`,
    );
    return `# Rebuilding ${product} ${version} without a network

| Services | Image | Folder of the build | Stages | Base images |
|---|---|---|---|---|
${rows.join('\n')}

The stages were built with Docker ${engine}. Their results came with the bundle's images; a build here reuses everything that did not change.

- \`bundle rebuild [SERVICE...] [--source DIR] [--build-arg NAME=VALUE] [--up]\`: compares the source with the export first, and stops before the build when a
  step would need a network; restores file modes that a USB stick lost; keeps the previous image under its own name.
- \`sh rebuild.sh\` takes the same, with the same menu. It runs the bundle command if there is one: \`runtime/bundle\` beside this folder, or \`bundle\` on the PATH.
  Otherwise it uses plain \`docker buildx\`: it compares the inputs of dependency steps (content and mode), but not the Dockerfile and the base
  images, and does not restore modes. A step that needs a network then fails, and the image stays unchanged.
- \`bundle doctor\` says what is missing when a rebuild fails: it changes nothing.

Files: \`${paths.recipes}\` describes how each image is built and from what; \`${paths.buildCacheLayout}\` holds the cache metadata for engines with the containerd image store.
The base images and those called \`bundle-cache/${product}\` are in the bundle's images. \`docker image prune -a\` removes them from the engine: \`bundle import\` of the
same bundle brings them back.
`;
  },
};

/** Writes the page for somebody who has nothing but the bundle and a host. */
function page(facts: ReadmeFacts): string {
  const { product, version, title, created, platform } = facts;
  return `${title === undefined ? '' : `${title}\n`}${product} ${version}
Made ${created} for ${platform}. Nothing here needs a network.

1. YOU HAVE   this folder. If it is a single file (.tar) still, unpack it:  tar -xf FILE
   YOU NEED   ${needs(facts)}

2. TYPE THIS, in this folder
      ${startLine(facts)}
   It checks every file, loads the images${facts.toFill.length === 0 ? '' : `, asks for ${facts.toFill.join(', ')},`} and starts the application.

3. IT WORKED when the last lines say that ${product} ${version} runs${facts.webPort === undefined ? '' : `, and this page opens:  http://THIS-HOST:${facts.webPort}`}

4. IT DID NOT: what you see, and what to do
   "permission denied"            type sudo before the command; or join the group docker, and log in again
   "does not answer"              start Docker:  systemctl start docker
   "port ... is in use"           stop the other program (ss -ltnp shows it), or choose another port in the settings
   "disk is full", "no space"     free some disk:  df -h;  docker system df
   "changed or damaged"           copy the bundle again from its source; nothing was loaded
   "is for linux/..."             the processor is another one (uname -m): ask the sender for a bundle for it
   "has no value"                 write the value into the file that it names, and type the command again
   "unhealthy"                    bundle logs shows why; a release that ran before runs again
   anything else                  send everything that is on the screen to the sender

5. LATER      (bundle is ${laterCommand(facts)})
   bundle status                  what runs, and how it is
   bundle logs --tail 100         the last lines of each service
   bundle up                      start it again, or after a change of settings
   bundle rollback                return to the release that ran before
   bundle service install         start it whenever the host starts
   ${facts.canRebuild ? 'bundle rebuild SERVICE --up    build an image again from changed source; see build-cache/QUICK_REBUILD.txt\n   ' : ''}A new release comes as a bundle like this one: do the same again. Settings and data stay.

6. DATA       ${facts.volumes.length === 0 ? 'This application keeps nothing in volumes.' : `is in the volumes ${facts.volumes.join(', ')}. It stays when the release changes.`}

7. CHECK      Read the output of this line out to the sender; both must have the same number:
      sha256sum ${paths.manifest}
${sender(facts)}`;
}

function needs({ carriesCommand, unpackedBytes, ports }: ReadmeFacts): string {
  return [
    carriesCommand ? 'Docker 20.10 or later' : 'Docker 23 or later with Compose',
    'root, or a user of the group docker',
    `${megabytes(unpackedBytes)} of free disk`,
    ...(ports.length === 0 ? [] : [`free: ${ports.join(', ')}`]),
  ].join('; ');
}

function startLine({ command, incremental }: ReadmeFacts): string {
  return incremental === undefined ? `sh ${paths.installScript}` : `${command} import . --up`;
}

function laterCommand({ product, carriesCommand }: ReadmeFacts): string {
  return carriesCommand
    ? `/var/lib/bundle/${product}/current/${paths.runtime}`
    : 'the command of your host; without it, use docker compose in the folder that install.sh names';
}

function sender({ contact, notes }: ReadmeFacts): string {
  return [
    ...(contact === undefined ? [] : [`\n8. CONTACT    ${indented(contact)}\n`]),
    ...(notes === undefined ? [] : [`\n   NOTES      ${indented(notes)}\n`]),
  ].join('');
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n              ');
}

function megabytes(bytes: number): string {
  return `${Math.max(1, Math.ceil(bytes / 1e6))} MB`;
}

/** Says what the page leaves out. */
function details(facts: ReadmeFacts): string {
  return `${'-'.repeat(100)}
FOR ENGINEERS

${checkFirst(facts)}

${facts.incremental === undefined ? whole(facts) : incremental(facts, facts.incremental)}
${paths.imagesInfo} lists the images, ${paths.manifest} describes everything.
`;
}

/** Explains how to check the bundle with tools of the host, before anything of it runs. */
function checkFirst({ carriesCommand, incremental, listCommand }: ReadmeFacts): string {
  const scripts = incremental === undefined ? [paths.installScript] : [];
  const programs = [...scripts, ...(carriesCommand ? [paths.runtime] : [])];
  const come =
    programs.length === 0
      ? ''
      : `   ${programs.join(' and ')} come${programs.length === 1 ? 's' : ''} with this bundle: anything you start from it runs before it is checked.\n`;
  return `Before anything else
${come}   A host that has a bundle command uses its own:  bundle import .
   Otherwise check its signer, then every file, with tools of your host (and compare this line with the guide of the
   command, because it came with the bundle too). KEYS is your list of trusted keys, NAME a signer in it:

   ssh-keygen -Y verify -f KEYS -I NAME -n bundle-manifest@v1 -s ${paths.signature} <${paths.manifest} && ${listCommand} | sha256sum -c

   If it is not signed, compare \`sha256sum ${paths.manifest}\` with the digest that you were told, and run the second half.`;
}

function whole({ carriesCommand, command, examples }: ReadmeFacts): string {
  const withCommand = carriesCommand
    ? 'With the command in this bundle (needs gzip, glibc 2.28 or later, and libstdc++; unpacks itself to ~/.cache or $TMPDIR)'
    : 'With the bundle command';
  const singleFile = carriesCommand
    ? `In a single-file bundle, unpack the command first: tar -xf FILE ${paths.runtime}
Then ${command} import FILE. For the rest, unpack all: tar -xf FILE`
    : 'In a single-file bundle, unpack it first (tar -xf FILE) for the steps that do not use `bundle`.';
  const made = examples.map(
    ({ line, isToFill }) => `   ${line}${isToFill ? '   # then fill it in' : ''}\n`,
  );
  return `In one step: check, load, start
   sh ${paths.installScript}        sh ${paths.installScript} --help explains it

${withCommand}
   ${command} verify .      checks every byte
   ${command} import .      loads the images and says how to start the application
   ${command} --help        lists the other commands
${carriesCommand ? `   On a medium from which nothing may be started: sh ${paths.runtime} import .\n` : ''}
Without it
   sha256sum -c ${paths.checksums}
   tar -C ${paths.imagesDir} -cf - . | docker load
${made.join('')}   docker compose -f ${paths.compose} -f ${paths.composeOffline} up -d --pull never --no-build

${singleFile}
\`docker load -i FILE\` loads the images of a single-file bundle and nothing else.
Settings: ${paths.envExample} lists them; put yours in a file called .env beside ${paths.compose}.`;
}

/** Neither `docker load` nor install.sh could tell whether the host has the rest of an incremental bundle. */
function incremental(
  { command }: ReadmeFacts,
  { base, omitted, deltas }: IncrementalFacts,
): string {
  const layers = (number: number): string => `${number} layer${number === 1 ? '' : 's'}`;
  const on =
    base === undefined
      ? 'made for hosts that sent an inventory'
      : `builds on ${base.product} ${base.version}, ${base.digest}`;
  return `This bundle is INCREMENTAL: it ${on}.
It leaves out ${layers(omitted)} that the host already has${deltas === 0 ? '' : `,\nand carries ${layers(deltas)} as what changed in older ones`}, so it can only be imported with the
bundle command, which checks that they are there before it changes anything:
   ${command} verify .      checks every byte
   ${command} import .      loads what is new and says how to start the application

Do not use \`docker load\`: with the containerd image store it would leave broken images.
"omitted" in ${paths.manifest} is what is left out${deltas === 0 ? '.' : '; "deltas" is what is carried as a change, and needs a reader of format 1.8.'}`;
}
