import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { homeFolder, isThere } from '@bundle/files';
import { partListSuffix, paths } from '@bundle/format';
import { instanceOf, isReleaseName, isWhole, placesOf, releaseFolder } from '@bundle/host';
import { z } from 'zod';

/** A value to offer, and a word about it. */
export type Offer = readonly [value: string, what: string];

/** Reads no more than names, and one document at most: people wait for it at every Tab. */
const manifestSchema = z.looseObject({
  images: z.array(z.looseObject({ services: z.array(z.string()) })),
});

/** Lists the applications in a state folder. */
export async function instancesIn(stateDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(stateDir)) {
    if (await isThere(placesOf(instanceOf(stateDir, name)).releases)) found.push(name);
  }
  return found;
}

/** Lists the releases of the named application, or of all: the version where it is the only one of that version. */
export async function releasesIn(stateDir: string, name: string | undefined): Promise<Offer[]> {
  const offers: Offer[] = [];
  for (const instance of name === undefined ? await instancesIn(stateDir) : [name]) {
    const all = await namesIn(placesOf(instanceOf(stateDir, instance)).releases);
    const releases = all.filter((one) => isReleaseName(one) && isWhole(one));
    const versions = releases.map((one) => one.slice(0, -13));
    for (const [index, version] of versions.entries()) {
      const isOnly = versions.filter((one) => one === version).length === 1;
      offers.push([isOnly ? version : (releases[index] ?? ''), instance]);
    }
  }
  return offers;
}

/** Lists the services of the current releases. */
export async function servicesIn(stateDir: string, name: string | undefined): Promise<Offer[]> {
  const offers: Offer[] = [];
  for (const one of name === undefined ? await instancesIn(stateDir) : [name]) {
    const instance = instanceOf(stateDir, one);
    const release = basename(await readlink(placesOf(instance).current));
    const text = await readFile(join(releaseFolder(instance, release), paths.manifest), 'utf8');
    const { images } = manifestSchema.parse(JSON.parse(text));
    for (const { services } of images)
      offers.push(...services.map((service): Offer => [service, one]));
  }
  return offers;
}

/** Lists the bundles in the folder that a path begins with, and the folders in it, each with a slash. */
export async function bundlesAt(typed: string): Promise<string[]> {
  const shown = typed.slice(0, typed.lastIndexOf('/') + 1);
  const folder = shown.replace(/^~(?=\/)/, homeFolder()) || '.';
  const found: string[] = [];
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.') && !typed.slice(shown.length).startsWith('.')) continue;
    const path = join(folder, name);
    // A link that leads nowhere, or something removed since.
    if (!(await isThere(path))) continue;
    if (!(await stat(path)).isDirectory()) {
      if (name.endsWith('.tar') || name.endsWith(partListSuffix)) found.push(shown + name);
    } else if (await isThere(join(path, paths.manifest))) found.push(shown + name);
    else found.push(`${shown}${name}/`);
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
