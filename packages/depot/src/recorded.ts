import { z } from 'zod';
import { type CarriedPackage, carriedPackageSchema } from './index-file.ts';

const npmIndexSchema = z.record(
  z.string(),
  z.looseObject({
    versions: z.record(z.string(), z.looseObject({ file: z.string() })),
  }),
);

/** Lists the packages of npm in a recorded index. */
export function npmPackages(index: unknown): CarriedPackage[] {
  return Object.entries(npmIndexSchema.parse(index)).flatMap(([name, { versions }]) =>
    Object.entries(versions).map(([version, { file }]) =>
      carriedPackageSchema.parse({ name, version, file }),
    ),
  );
}

/**
 * Lists the packages of a wheel folder by their names, which have the package's name and version in front, and those
 * that were installed before, as `name==version`.
 */
export function pipPackages(files: readonly string[], installed = ''): CarriedPackage[] {
  const carried = files
    .filter((file) => file.endsWith('.whl'))
    .sort()
    .map((file) => {
      const [name = '', version = ''] = file.split('-');
      return carriedPackageSchema.parse({ name: normalName(name), version, file });
    });
  return [...carried, ...installedBesides(carried, installed, '==')];
}

function installedBesides(
  carried: readonly CarriedPackage[],
  installed: string,
  between: string,
): CarriedPackage[] {
  return installed.split('\n').flatMap((line) => {
    const [written = '', version = ''] = line.trim().split(between);
    const name = between === '==' ? normalName(written) : written;
    const isKnown = carried.some((one) => one.name === name && one.version === version);
    return version === '' || isKnown ? [] : [{ name, version }];
  });
}

/** Returns the name under which an index of Python finds a package (PEP 503). */
export function normalName(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}

/** Lists the packages of an apt index, and those that were installed when it was made. */
export function aptPackages(index: string, installed: string): CarriedPackage[] {
  const carried = index
    .split(/\n\n+/)
    .filter((text) => text.trim() !== '')
    .map((paragraph) => {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
      const provides = (field('Provides') ?? '')
        .split(',')
        .map((one) => one.trim().replace(/[ :(].*$/, ''))
        .filter((one) => one !== '');
      return carriedPackageSchema.parse({
        name: field('Package'),
        version: field('Version'),
        file: field('Filename')?.replace(/^\.\//, ''),
        ...(provides.length === 0 ? {} : { provides }),
      });
    });
  return [...carried, ...installedBesides(carried, installed, ' ')];
}
