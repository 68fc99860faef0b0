import { chooseInstance, type InstanceState } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import type { InstanceChoice } from '../../shared/options/host.ts';
import { releasesText } from './render.ts';

/** Runs `bundle releases`: lists the releases in the state folder. */
export async function runReleases(context: Context, options: InstanceChoice): Promise<Outcome> {
  const state = await chooseInstance(stateFolder(options.stateDir, context), options.name);
  return { json: releasesJson(state), text: releasesText(state, context.colours) };
}

function releasesJson({ name, product, current, journal, releases }: InstanceState): object {
  return {
    name,
    product,
    current,
    running: journal?.running ?? null,
    pending: journal?.pending ?? null,
    history: journal?.history ?? [],
    failed: journal?.failed ?? [],
    releases: releases.map(({ name: release, manifest, staged, folder }) => ({
      release,
      version: manifest.version,
      created: manifest.created,
      staged,
      folder,
    })),
  };
}
