import { resolve } from 'node:path';
import { type AdoptedFolder, adoptFolder } from '@bundle/adopt';
import { type Engine, openSource } from '@bundle/engine';
import { defined, type Platform } from '@bundle/format';
import type { Context, Outcome } from '../../outcome.ts';
import { openChosenEngine } from '../../shared/engine.ts';
import { t } from '../../shared/text/text.ts';
import { runExport } from '../export/run.ts';
import type { AdoptChoice } from './definition.ts';
import { decisionsText } from './render.ts';

/** Runs `bundle adopt`: reads and checks the folder, then packs it as `bundle export` packs an application. */
export async function runAdopt(
  context: Context,
  folder: string,
  options: AdoptChoice,
): Promise<Outcome> {
  const { cwd, colours, onProgress, signal } = context;
  const { file, image, checksums, platform, withFile, from, runtime, ...rest } = options;
  const adopted = await adoptFolder(resolve(cwd, folder), {
    ...defined({ composeFiles: file?.map((one) => resolve(cwd, one)), platform }),
    checksums,
    images: new Map(Object.entries(image)),
    ...(from === undefined ? {} : { others: otherSource(context, from, options) }),
    ...(options.dryRun ? {} : defined({ ask: asking(context) })),
    onProgress,
    signal,
  });
  const choice = {
    ...rest,
    ...defined({
      platform: platform && [platform],
      runtime: runtime === false ? (false as const) : undefined,
    }),
    file: [...adopted.composeFiles],
    projectRoot: adopted.root,
    rebuild: false,
    delta: false,
    sbom: false,
  };
  const outcome = await runExport(context, undefined, choice, {
    open: (plan) => adopted.source(plan),
    files: withFile.map((path) => resolve(cwd, path)),
    filesOption: '--with-file',
  });
  return withDecisions(outcome, adopted, decisionsText(adopted.decisions(), colours));
}

function withDecisions(
  outcome: Outcome,
  { root, decisions }: AdoptedFolder,
  text: string,
): Outcome {
  const json = { ...outcome.json, folder: root, decisions: decisions() };
  // An error is about a file, so the list of all files would only hide it.
  return outcome.error === undefined
    ? { ...outcome, json, text: `${text}\n\n${outcome.text}` }
    : { ...outcome, json };
}

/** Opens where the images come from that no tar has. */
function otherSource(
  { env, signal }: Context,
  from: string,
  { plainHttp }: AdoptChoice,
): (platform: Platform) => Promise<Engine> {
  return (platform) =>
    from === 'engine'
      ? openChosenEngine({}, env)
      : openSource({ from, platform, plainHttp, env, signal });
}

function asking({ choose }: Context) {
  if (choose === undefined) return undefined;
  return (service: string, images: readonly string[]): Promise<number> =>
    choose(t`Which of these is the image of ${service}?`, [...images, 'none of them']);
}
