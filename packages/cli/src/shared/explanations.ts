import type { CheckName, ErrorCode } from '@bundle/format';

/** What usually leads to a code, and what to do about it. */
export interface Explanation {
  readonly causes: readonly string[];
  readonly steps: readonly string[];
}

/** For `bundle explain` and docs/exit-codes.md. */
export const explanations: Readonly<Record<ErrorCode, Explanation>> = {
  internal: {
    causes: ['A situation that the program does not foresee.'],
    steps: [
      'Run the command again with --verbose, and report what it prints.',
      'State and bundles are safe: changes are recorded before they begin, and the next run finishes or undoes them.',
    ],
  },
  usage: {
    causes: [
      'A misspelled command or option, or a missing value.',
      'An environment variable or a line of the configuration file with a value that is not allowed.',
    ],
    steps: [
      'Read the expected form in the message, or run `bundle help COMMAND`.',
      '`bundle config` shows where each value comes from.',
    ],
  },
  'compose-not-found': {
    causes: ['The command was started in another folder.', 'The file has an unusual name.'],
    steps: ['Change into the project folder, or name the file: `bundle export PATH/compose.yml`.'],
  },
  'compose-invalid': {
    causes: [
      'A mistake in the Compose file, or in a file that it includes or extends.',
      'A variable without a value.',
    ],
    steps: ['Run `docker compose config`: it names the line.'],
  },
  'folder-invalid': {
    causes: ['Two Compose files, two tars for one image, or a checksum list in an unknown form.'],
    steps: [
      'Name the right one with --file or --image, or leave the list out with --no-checksums.',
    ],
  },
  'checksum-mismatch': {
    causes: ['A bad copy, or a file that was changed after the list was written.'],
    steps: ['Copy the file again from its source, then run the command again.'],
  },
  'spec-invalid': {
    causes: [
      'A misspelled field, or a value of the wrong type.',
      'A Compose file in place of a spec.',
    ],
    steps: [
      'Run `bundle validate FILE`: it lists all findings with their lines.',
      '`bundle init` writes a valid spec from a Compose file.',
    ],
  },
  'file-unsafe': {
    causes: [
      'A mounted file outside of the project, a socket or a device.',
      'A link that leads out of the project.',
      'A name that some file systems cannot hold.',
    ],
    steps: [
      'Move the file into the project, or leave it out with --exclude PATH.',
      'For a project in several folders, name the one above them with --project-root.',
    ],
  },
  'private-key-found': {
    causes: ['A key of TLS or SSH is in a folder that a service mounts.'],
    steps: [
      'Leave it out with --exclude PATH and bring it to the offline host another way.',
      'Where it has to be in the bundle, agree to it with --allow-private-keys.',
    ],
  },
  'secret-found': {
    causes: ['A password, a token or a key is in a file or an image that would be packed.'],
    steps: [
      'Take it out, and rotate it if it was published anywhere.',
      'Where it is meant to be there, allow it by its name with --allow-secret NAME.',
    ],
  },
  'image-not-found': {
    causes: [
      'The image was not built or pulled.',
      'The name or the tag is misspelled.',
      '--pull never, or an image that only a build makes.',
    ],
    steps: ['Build or pull it: `bundle export --build`, `docker compose pull`.'],
  },
  'image-pull-failed': {
    causes: [
      'The registry cannot be reached, or asks for a login.',
      'The image does not exist for this platform.',
    ],
    steps: ['Try `docker pull IMAGE`; log in with `docker login REGISTRY`.'],
  },
  'image-build-failed': {
    causes: ['A step of the Dockerfile failed; its output is above the message.'],
    steps: ['Fix the source, and try `docker compose build` on its own.'],
  },
  'engine-unreachable': {
    causes: [
      'Docker is not installed or not running.',
      'The user may not use the socket of the engine.',
      'DOCKER_HOST or the docker context names another machine.',
    ],
    steps: [
      'Check with `docker version`. Start it with `systemctl start docker`.',
      'Run the command with sudo, or join the group docker and log in again.',
    ],
  },
  'engine-too-old': {
    causes: ['An engine older than the supported versions.', 'Another engine behind the same API.'],
    steps: ['Update Docker. `bundle help import` and docs/engines.md name the supported versions.'],
  },
  'engine-failed': {
    causes: ['The engine refused a request, for instance for lack of disk space.'],
    steps: ["Read the engine's own words in the message, and its log: `journalctl -u docker`."],
  },
  'compose-plugin-missing': {
    causes: ['Docker was installed without its Compose plugin, and the bundle carries none.'],
    steps: [
      'Install docker-compose-plugin or docker-compose-v2.',
      'Export without --no-runtime: then the bundle carries Compose.',
    ],
  },
  'buildx-missing': {
    causes: ['Docker was installed without buildx, and the bundle carries none.'],
    steps: [
      'Install docker-buildx-plugin or docker-buildx.',
      'Export without --no-runtime: then the bundle carries buildx.',
    ],
  },
  'rebuild-unavailable': {
    causes: [
      'The bundle was exported with --no-rebuild.',
      'The engine lost the base and cache images, for instance by `docker system prune`.',
    ],
    steps: ['Run `bundle doctor`: it says what is missing and which command brings it back.'],
  },
  'rebuild-needs-network': {
    causes: ['A file that decides about dependencies changed, such as package.json.'],
    steps: [
      'Revert that file, or bring a new bundle with the dependencies.',
      'If the step needs no network, allow it with --allow-rerun.',
    ],
  },
  'package-not-carried': {
    causes: [
      'A dependency was added or updated that was not named in `packages:` of the spec.',
      'The version that is asked for differs from the carried one.',
    ],
    steps: [
      'Ask for a version that is carried: `build-cache/packages/index.json` of the release lists them.',
      'Name the package in `packages:` of the spec, export again, and import that bundle.',
    ],
  },
  'image-changed': {
    causes: ['Somebody built or pulled an image while it was packed.'],
    steps: ['Run the export again when nothing else changes the images.'],
  },
  'output-exists': {
    causes: ['An earlier run wrote the same file or folder.'],
    steps: ['Name another output with -o, or replace it with --force.'],
  },
  'output-unwritable': {
    causes: ['The folder does not exist or belongs to another user.', 'A read-only medium.'],
    steps: ['Check the path and its permissions, or write elsewhere and copy.'],
  },
  'no-space': {
    causes: ['The disk of the output, of the engine or of the state folder is full.'],
    steps: [
      'The message names the disk. Free some space and run the command again: it continues.',
      'Old releases: `bundle prune`. Layer cache: `bundle cache prune`.',
    ],
  },
  'state-unwritable': {
    causes: ['The state folder belongs to another user.', 'A read-only or broken disk.'],
    steps: ['Run the command with sudo, or name another folder with --state-dir.'],
  },
  busy: {
    causes: ['Another import, start or rebuild of the same application is running.'],
    steps: ['Wait for its end and try again. The message names the process.'],
  },
  'input-unreadable': {
    causes: ['The file does not exist, or belongs to another user.', 'A damaged disk.'],
    steps: ['Check the path and its permissions.'],
  },
  'address-unavailable': {
    causes: ['Another program listens on the port.', 'The host has no such address.'],
    steps: ['Choose another one: `bundle serve BUNDLE --listen 0.0.0.0:5001`.'],
  },
  'bundle-not-found': {
    causes: [
      'A misspelled path, or another folder.',
      'A file of another kind: an image archive, a compressed file, a Compose file.',
    ],
    steps: ['Name the folder of the bundle, its .tar file, or its .parts.json file.'],
  },
  'digest-mismatch': {
    causes: [
      'The copy is damaged: by the medium, or by a transfer in text mode.',
      'Somebody changed it.',
    ],
    steps: [
      'Copy the bundle again and compare its identity with the one that the sender reads out.',
      'Damaged parts of a split bundle: `bundle repair LIST --from COPY`.',
    ],
  },
  'file-missing': {
    causes: ['The folder was copied incompletely.'],
    steps: ['Copy it again, or use a single file: -o NAME.tar.'],
  },
  'size-mismatch': {
    causes: ['The copy ended early, or the medium was taken out.'],
    steps: ['Copy the bundle again.'],
  },
  'file-unlisted': {
    causes: ['Somebody put a file into the folder of the bundle.'],
    steps: ['Move the named file elsewhere. Copy the bundle again if you did not put it there.'],
  },
  'archive-truncated': {
    causes: ['The copy ended early: a full stick, a broken connection, the 4 GiB limit of FAT32.'],
    steps: ['Copy it again. For FAT32, export with --split fat32.'],
  },
  'archive-invalid': {
    causes: ['The archive was made or changed by another program.'],
    steps: ['Copy the bundle again, or have it exported again. Do not unpack and pack it.'],
  },
  'manifest-invalid': {
    causes: ['A document of the bundle or of the state folder was edited or damaged.'],
    steps: ['Copy the bundle again. In a state folder, import the release again.'],
  },
  'schema-newer': {
    causes: ['The bundle was made by a newer version of this command.'],
    steps: ['Use the command in the bundle: runtime/bundle.'],
  },
  'platform-mismatch': {
    causes: [
      'The bundle was exported for another processor architecture.',
      'At the export: an image is for another platform than the `platform:` of its service, or than --platform.',
    ],
    steps: [
      'Export it for this host: `bundle export --from registry --platform linux/arm64`, or on a machine of that architecture.',
    ],
  },
  'load-mismatch': {
    causes: ['The engine stored something else than it was sent: a failing disk, or a bug.'],
    steps: ['Check the disk and the log of the engine, then import again.'],
  },
  'findings-present': {
    causes: ['Several faults with different codes.'],
    steps: ['Each is listed above the message, with what to do.'],
  },
  'start-failed': {
    causes: ['Compose could not create or start a container.'],
    steps: ['Read the words of Compose in the message, and `bundle logs SERVICE`.'],
  },
  'signature-missing': {
    causes: [
      'The bundle was exported without --sign.',
      'The file NAME.sig beside it was not copied.',
      'The policy of this host requires more signers.',
    ],
    steps: [
      'Ask the sender for a signed bundle. `bundle trust list` prints the policy of this host.',
    ],
  },
  'signature-invalid': {
    causes: ['The signature is of another bundle.', 'Somebody changed bundle.json.'],
    steps: ['Copy the bundle and its signature again. Do not import it until that works.'],
  },
  'signer-unknown': {
    causes: ['This host was never told about the key.', 'The key is trusted for something else.'],
    steps: [
      'Compare the fingerprint with the sender by phone.',
      'Then add the key: `bundle trust add FILE`.',
    ],
  },
  'signer-revoked': {
    causes: ['The key was lost or stolen, and this host knows it.'],
    steps: ['Ask the sender for a bundle that is signed with the new key.'],
  },
  'signer-expired': {
    causes: ['The key is trusted for another period.', 'The clock of this host is wrong.'],
    steps: ['Check `date`. Ask for a new signature, or trust the key for longer.'],
  },
  'trust-invalid': {
    causes: ['A list of keys has a line in another form.'],
    steps: ['The message names the file and the line; ssh-keygen(1) describes the form.'],
  },
  'runtime-missing': {
    causes: ['A checkout without executables, or a bundle for another platform.'],
    steps: ['Build them with scripts/build-runtime, or export with --no-runtime.'],
  },
  'base-missing': {
    causes: [
      'An incremental bundle, and this host never had its base.',
      'Its images were removed.',
    ],
    steps: ['Import the base first, or ask for a complete bundle.'],
  },
  'base-mismatch': {
    causes: ['--since or --for names something of another application.'],
    steps: ['Name the bundle or the inventory of the same application.'],
  },
  'inventory-invalid': {
    causes: ['The file was edited or damaged, or is something else.'],
    steps: ['Have it written again on the offline host: `bundle inventory -o FILE`.'],
  },
  'part-missing': {
    causes: ['A part was not copied, or is on another medium.'],
    steps: ['Put all parts into one folder, or name the others with --parts DIR1,DIR2.'],
  },
  'part-damaged': {
    causes: ['The copy of a part is damaged.'],
    steps: ['Copy that part again, or let `bundle repair LIST --from COPY` fetch it.'],
  },
  'part-list-invalid': {
    causes: ['The .parts.json file is damaged or of another program.'],
    steps: ['Copy it again from the sender.'],
  },
  'medium-failed': {
    causes: ['The stick was taken out, or it is failing.'],
    steps: [
      'Put it in again and repeat the command. Copy the bundle to a disk first if it fails again.',
    ],
  },
  'signing-failed': {
    causes: [
      'A wrong passphrase, a key that ssh-keygen cannot read, or no ssh-keygen.',
      'Another bundle took the place of the one that was being signed.',
    ],
    steps: ['Try `ssh-keygen -y -f KEY`; install openssh-client.'],
  },
  'identity-mismatch': {
    causes: ['Another release than expected, or a bundle that was exchanged.'],
    steps: ['Compare the identity with the sender. Do not import this bundle before that.'],
  },
  'preflight-failed': {
    causes: ['The host lacks disk space, a free port, a platform or a folder.'],
    steps: [
      'Each check that failed says what to do; `bundle explain CHECK` says more about one.',
      'A check that is wrong here can be left out with --ignore CHECK.',
    ],
  },
  'service-unavailable': {
    causes: ['A host without systemd, or a user without its own service manager.'],
    steps: ['Start the application at boot another way: `bundle up --yes`.'],
  },
  'unit-foreign': {
    causes: ['Somebody else made a systemd unit of that name.'],
    steps: ['Look at it with `systemctl cat UNIT`, and rename or remove it.'],
  },
  'settings-missing': {
    causes: ['A required setting, and nobody was there to ask.'],
    steps: ['Give it with --set NAME=VALUE or --env-file FILE, or run the command on a terminal.'],
  },
  'project-foreign': {
    causes: [
      'The application already runs from another state folder, often that of another user.',
      'Somebody started the same Compose project by hand.',
    ],
    steps: ['Use that state folder with --state-dir, or another name with --name.'],
  },
  'release-unhealthy': {
    causes: ['A health check did not pass in time, or a container ended.'],
    steps: [
      'Read the logs above the message. The previous release runs again.',
      'A slow start needs more time: --timeout 10m.',
    ],
  },
  'release-not-found': {
    causes: ['A misspelled version, or another state folder.', 'The release was removed.'],
    steps: ['List them with `bundle releases`; import the bundle again if it is gone.'],
  },
  'config-check-failed': {
    causes: ['A configuration file of nginx is wrong, or a mounted file is missing.'],
    steps: ['Fix the file in the named folder, and start again. Nothing was switched.'],
  },
  'return-failed': {
    causes: ['The new release and the previous one both fail: often a full disk or lost data.'],
    steps: ['Read both logs above the message, and `bundle status`. Then `bundle up`.'],
  },
  'services-down': {
    causes: ['A container ended or is unhealthy.'],
    steps: ['Read `bundle logs SERVICE`, then start it again with `bundle up`.'],
  },
  'backup-missing': {
    causes: ['The release was started without --backup-volumes.'],
    steps: ['Roll back without the volumes: `bundle rollback`.'],
  },
  'backup-damaged': {
    causes: ['A failing disk, or a copy that somebody changed.'],
    steps: ['Restore the copy from elsewhere, or roll back without it. The volumes are unchanged.'],
  },
  'volume-in-use': {
    causes: [
      'A container of a backup program, of another project, or one that somebody started by hand mounts the volume.',
      'Such a container has stopped, and was not removed.',
    ],
    steps: [
      'Remove the named containers (`docker rm --force NAME`), and run the command again. The volumes are unchanged.',
    ],
  },
  'port-taken': {
    causes: ['Another program or container publishes the same port.'],
    steps: ['Stop it, or choose another port where a setting allows it: --set HTTP_PORT=8081.'],
  },
  'consent-missing': {
    causes: ['The application asks for access to the host, and nobody was there to agree.'],
    steps: ['Read what it asks for, and allow it with --allow KIND, or agree on a terminal.'],
  },
  'bundle-older': {
    causes: ['An old stick, or a bundle that somebody held back.'],
    steps: ['Import the newest one. An older one on purpose: --allow-older.'],
  },
  'bundle-replayed': {
    causes: ['The bundle was already imported, and a newer one came after it.'],
    steps: ['To return to that release: `bundle rollback`. To import it anyway: --allow-older.'],
  },
  'channel-foreign': {
    causes: ['A bundle of the channel beta, say, for an instance that follows stable.'],
    steps: ['Take the bundle of the right channel, or change it with --channel NAME.'],
  },
  'history-damaged': {
    causes: ['Somebody edited the log, or the disk failed.'],
    steps: ['Keep a copy of the log, and find out who changed it. Applications are not affected.'],
  },
  'receipt-invalid': {
    causes: ['The file was edited, cut short, or is something else.'],
    steps: ['Have it written again on that host: `bundle receipt -o FILE`.'],
  },
  'settings-sealed': {
    causes: ['A wrong passphrase, or a private key of another host.'],
    steps: ['Name the right key with --identity, or have the file made for this host.'],
  },
  'registry-unreachable': {
    causes: ['No network, a proxy, or a misspelled name.'],
    steps: ['Try it in a browser: https://REGISTRY/v2/. Without TLS: --plain-http HOST.'],
  },
  'registry-denied': {
    causes: ['A missing or an old login.'],
    steps: ['Log in with `docker login REGISTRY`.'],
  },
  'registry-failed': {
    causes: ['A failing registry, or a limit on the number of pulls.'],
    steps: ['Read the answer in the message, and try again later.'],
  },
  'delta-invalid': {
    causes: ['A damaged copy, or a bundle made with another base.'],
    steps: ['Copy the bundle again, or have it exported with --no-delta.'],
  },
  'base-damaged': {
    causes: ['The engine changed or lost bytes of an old layer.'],
    steps: ['Ask for a bundle exported with --no-delta. No image was changed.'],
  },
  interrupted: {
    causes: ['Ctrl-C, a closed terminal, or a shutdown.'],
    steps: ['Run the same command again: it continues, or undoes what was half done.'],
  },
  'hosts-invalid': {
    causes: [
      'A host name or a user with characters that ssh or a shell could misread.',
      'A template, a password or arguments of ssh in an inventory of Ansible.',
    ],
    steps: ['Correct what the message names. What belongs to ssh goes into ~/.ssh/config.'],
  },
  'host-unreachable': {
    causes: [
      'A host that is down, an unknown or changed host key, or a key that the host does not know.',
      'A connection that was cut, and could not be made again.',
    ],
    steps: [
      'Try `ssh -o BatchMode=yes HOST true` until it succeeds.',
      'Run the deployment again: it goes on where it stopped. Leave the host out with --limit.',
    ],
  },
  'deploy-stopped': {
    causes: ['The release did not become healthy on a host, or could not be imported there.'],
    steps: [
      'Read the reason that the message gives; `bundle logs` on that host shows more.',
      'Fix it, then run the same command again.',
    ],
  },
};

/** Preflight checks by the name that `bundle preflight` shows and `--ignore` takes. */
export const checkExplanations: Readonly<
  Record<CheckName, Explanation & { readonly meaning: string }>
> = {
  platform: {
    meaning: 'Whether the engine runs images of the platform of the bundle.',
    causes: ['A bundle for another processor architecture.'],
    steps: [
      'Export it for this host: `bundle export --from registry --platform linux/arm64`, or on a machine of that architecture.',
    ],
  },
  engine: {
    meaning: 'Whether the engine is new enough, and has no known hole that matters here.',
    causes: ['An old Docker.'],
    steps: ['Update Docker.'],
  },
  compose: {
    meaning: 'Whether there is a Compose plugin, on this host or in the bundle.',
    causes: ['Docker without Compose, and a bundle exported with --no-runtime.'],
    steps: ['Install docker-compose-plugin, or export without --no-runtime.'],
  },
  'engine-disk': {
    meaning: 'Whether the disk of the engine has room for the images.',
    causes: ['Old images and build caches.'],
    steps: ['Free some space: `docker image prune`, `bundle prune`.'],
  },
  'state-disk': {
    meaning: 'Whether the disk of the state folder has room for the release.',
    causes: ['Old releases and volume copies.'],
    steps: ['Free some space with `bundle prune`, or use another disk with --state-dir.'],
  },
  order: {
    meaning: 'Whether the bundle is newer than what this host has imported.',
    causes: ['An old stick, or another channel.'],
    steps: ['Take the newest bundle. An older one on purpose: --allow-older.'],
  },
  application: {
    meaning: 'Whether the application already runs from elsewhere on this host.',
    causes: ['Another state folder, often that of another user, or a start by hand.'],
    steps: ['Use that state folder with --state-dir, or another name with --name.'],
  },
  ports: {
    meaning: 'Whether the ports that the application publishes are free.',
    causes: ['Another program or container listens there.'],
    steps: ['Stop it, or choose another port: --set NAME=PORT.'],
  },
  names: {
    meaning: 'Whether names of containers, networks and volumes are free.',
    causes: [
      'A Compose file with fixed names, and something else that has them.',
      'The application already runs from another state folder.',
    ],
    steps: ['Remove or rename the other one.', 'Name the other state folder with --state-dir.'],
  },
  networks: {
    meaning: 'Whether the fixed subnets of the application are free.',
    causes: [
      'Another network of the engine has the addresses.',
      'This host reaches a network there.',
    ],
    steps: [
      'Choose another subnet in the Compose file, or with its setting.',
      'Remove the other network: docker network rm NAME.',
    ],
  },
  profiles: {
    meaning: 'Which services start, and which wait for a profile.',
    causes: ['A Compose file with profiles.'],
    steps: ['Choose with --set COMPOSE_PROFILES=NAMES.'],
  },
  limits: {
    meaning: 'Whether this host has the memory and processors of the limits, and enforces them.',
    causes: ['A small host, or generous limits.', 'A kernel without the control group.'],
    steps: ['Lower the limits in the Compose file, or use a larger host.'],
  },
  features: {
    meaning:
      'Whether host and engine have what services ask for: devices, GPUs, kernel modules, rights.',
    causes: [
      'No driver, no container toolkit, another kernel.',
      'An older Docker, or one without the rights of root.',
    ],
    steps: ['Install the driver or module, or leave that service out by its profile.'],
  },
  files: {
    meaning: 'Whether files that the bundle does not carry are on this host.',
    causes: ['Secrets and env files that stay outside of a bundle.'],
    steps: ['Put the named files there.'],
  },
  settings: {
    meaning: 'Whether all required settings have a value.',
    causes: ['The values of .env are never packed.'],
    steps: ['`bundle import --up` asks for them; from a script, use --set or --env-file.'],
  },
  mounts: {
    meaning: 'Whether folders and devices that services mount are on this host.',
    causes: [
      'Paths outside of the project.',
      'An engine on another machine, which looks for them there.',
      'SELinux on this host, and mounts without `:z` or `:Z` in the Compose file.',
    ],
    steps: [
      'Create them before the start, with the owner that the service expects.',
      'For SELinux, add `:z` to the mounts in the Compose file, and export again.',
    ],
  },
};
