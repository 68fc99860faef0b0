import {
  type ComposeNeeds,
  composeNeeds,
  lastValues,
  portName,
  readEnvFile,
} from '@bundle/compose';
import { needsFilling, paths, platformsText, shellWord, visible } from '@bundle/format';
import type { HeadFile } from '@bundle/store';
import type { Draft } from '../bundle/draft-manifest.ts';
import { unpackedBytes } from '../bundle/head.ts';
import type { PaperOptions } from './papers.ts';
import type { ReadmeFacts } from './texts.ts';

/** Collects what README.txt says, from the manifest and the small files of a bundle. */
export function readmeFacts(
  draft: Draft,
  files: readonly HeadFile[],
  { title, contact, notes }: PaperOptions,
): ReadmeFacts {
  const { product, version, created, envFiles, images, base } = draft;
  const has = (path: string): boolean => files.some((file) => file.path === path);
  const needs = needsOf(product, files);
  const omitted = draft.omitted?.length ?? 0;
  // A layer may have a delta for each of several old versions.
  const deltas = new Set(draft.deltas?.map(({ digest }) => digest)).size;
  const carriesCommand = has(paths.runtime);
  return {
    ...{ product, version, created, carriesCommand, listCommand },
    title: title && visible(title),
    contact: contact && visibleLines(contact),
    notes: notes && visibleLines(notes),
    platform: platformsText(draft),
    unpackedBytes: unpackedBytes(images),
    ports: [...new Set(needs.ports.map(portName))],
    webPort: needs.ports.find(({ protocol }) => protocol === 'tcp')?.port,
    volumes: needs.names.filter(({ kind }) => kind === 'volume').map(({ name }) => name),
    toFill: envFiles.flatMap(({ path, toFill = [] }) =>
      toFill.map((name) => (path === '.env' ? name : `${visible(path)}: ${name}`)),
    ),
    examples: envFiles.map((file) => ({
      line: `cp ${shellWord(file.example)} ${shellWord(file.path)}`,
      isToFill: needsFilling(file),
    })),
    command: carriesCommand ? `./${paths.runtime}` : 'bundle',
    canRebuild: images.some(({ use }) => use !== undefined),
    incremental: omitted + deltas === 0 ? undefined : { base, omitted, deltas },
  };
}

/** The list for `sha256sum -c`, made from bundle.json: nothing that is signed covers checksums.sha256. */
const listCommand = String.raw`sed -n -e '/^ *"path": "/{s///;s/",*$//;s/\\"/"/g;h;}' -e '/^ *"sha256": "/{s///;s/".*//;G;s/\n/  /;p;}' ${paths.manifest}`;

function needsOf(product: string, files: readonly HeadFile[]): ComposeNeeds {
  const text = (path: string): string => {
    const bytes = files.find((file) => file.path === path)?.bytes;
    return Buffer.isBuffer(bytes) ? bytes.toString('utf8') : '';
  };
  const none = (): undefined => undefined;
  // An example of the project may have lines that Compose refuses; README.txt does without them.
  const defaults = lastValues(readEnvFile(text(paths.envExample), none).entries);
  return composeNeeds(text(paths.compose), product, (name) => defaults.get(name));
}

/** Keeps the lines of a text, and spells out everything else that does not show. */
function visibleLines(text: string): string {
  return text.trim().split(/\r?\n/).map(visible).join('\n');
}
