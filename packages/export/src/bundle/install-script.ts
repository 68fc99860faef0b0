import {
  type BundleManifest,
  formatPlatform,
  needsFilling,
  paths,
  shellWord,
} from '@bundle/format';
import { scriptBody } from './script-body.ts';
import { installSh } from './script-texts.ts';

/**
 * Generates `install.sh`: a description of this bundle, then the part common to all bundles. It hands over to the
 * command in the bundle if that runs on the host; the rest is for hosts on which it does not.
 */
export function installScript(
  manifest: Omit<BundleManifest, 'files' | 'sizes'>,
  executables: readonly string[],
): string {
  const { product, version, platform, images, envFiles, leftOut } = manifest;
  const calls = images.map(
    ({ reference, imageId, topDigest, manifestDigest }) =>
      `  check_image ${shellWord(reference)} ${[...new Set([imageId, topDigest, manifestDigest])].join(' ')}`,
  );
  const unpacked = new Map(
    images.flatMap(({ layers }) =>
      layers.map(({ diffId, size, unpackedSize }) => [diffId, unpackedSize ?? size]),
    ),
  );
  const kilobytes = Math.ceil([...unpacked.values()].reduce((sum, size) => sum + size, 0) / 1024);
  return [
    '#!/bin/sh',
    `# Installs ${product} ${version} from this folder. \`sh ${paths.installScript} --help\` says how.`,
    'set -eu',
    '',
    `product=${shellWord(product)}`,
    `release_version=${shellWord(version)}`,
    `platform=${shellWord(formatPlatform({ os: platform.os, architecture: platform.architecture }))}`,
    `image_count=${images.length}`,
    `unpacked_kilobytes=${kilobytes}`,
    '',
    ...shellFunction('check_images', calls),
    '',
    ...shellFunction(
      'each_env_file',
      envFiles.map((file) => {
        const words = [file.path, file.example, needsFilling(file) ? 'to-fill' : 'filled'];
        return `  "$@" ${words.map(shellWord).join(' ')}`;
      }),
    ),
    '',
    ...shellFunction('each_mount', mountsToBring(leftOut)),
    '',
    ...shellFunction(
      'make_executable',
      executables.map((path) => `  chmod 755 "$1/"${shellWord(path)}`),
    ),
    '',
    scriptBody(installSh),
  ].join('\n');
}

/** Lists the mounts to bring: those that existed where the bundle was made, unless their place depends on a setting. */
function mountsToBring(leftOut: BundleManifest['leftOut']): string[] {
  const lines = leftOut.flatMap(({ service, source, was, place }) => {
    const path = place ?? (source.includes('$') ? undefined : source);
    if (path === undefined || (was !== 'file' && was !== 'folder')) return [];
    return [`  "$@" ${[path, was, service].map(shellWord).join(' ')}`];
  });
  return [...new Set(lines)];
}

function shellFunction(name: string, lines: readonly string[]): string[] {
  return [`${name}() {`, ...(lines.length === 0 ? ['  :'] : lines), '}'];
}
