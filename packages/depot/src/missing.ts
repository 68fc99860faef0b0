import { satisfies as satisfiesPep440, valid, validRange } from '@renovatebot/pep440';
import semver from 'semver';
import { z } from 'zod';
import type { CarriedPackage, Depot } from './index-file.ts';
import { normalName } from './recorded.ts';

/** A package that a changed source asks for. */
export interface Wanted {
  readonly ecosystem: 'apt' | 'npm' | 'pip';
  readonly name: string;
  /** Range in the syntax of the ecosystem; empty: any version. */
  readonly range: string;
  /** SHA-256 digests of which a file must have one; absent: any file. */
  readonly hashes?: readonly string[];
  /** Whether a build for production leaves it out. */
  readonly isForDevelopment?: boolean;
}

/**
 * Lists wanted packages that a depot does not carry, as people write them, with the versions that it has. `digestOf`
 * returns the SHA-256 digest of one of its files, such as `pip/flask-3.1-py3-none-any.whl`.
 */
export function missingPackages(
  wanted: readonly Wanted[],
  depot: Depot,
  digestOf: (path: string) => string | undefined,
): string[] {
  const words = wanted.flatMap((one) => {
    const named = (depot[one.ecosystem] ?? []).filter((carried) => hasName(carried, one));
    const fitting = named.filter((carried) => fits(carried, one));
    const hasHash = ({ file }: CarriedPackage): boolean =>
      one.hashes === undefined ||
      // What the base image has is not installed again.
      file === undefined ||
      one.hashes.includes(digestOf(`${one.ecosystem}/${file}`) ?? '');
    if (fitting.some(hasHash)) return [];
    if (fitting.length > 0)
      return [`${one.ecosystem} package ${written(one)} with one of its hashes`];
    const versions = named.map(({ version }) => version).join(', ');
    return versions === ''
      ? [`${one.ecosystem} package ${written(one)}`]
      : [`${one.ecosystem} package ${written(one)}, but ${versions}`];
  });
  return [...new Set(words)];
}

function written({ ecosystem, name, range }: Wanted): string {
  if (range === '') return name;
  return ecosystem === 'npm' ? `${name}@${range}` : `${name}${range}`;
}

function hasName(carried: CarriedPackage, { name }: Wanted): boolean {
  return carried.name === name || carried.provides?.includes(name) === true;
}

function fits({ version }: CarriedPackage, { ecosystem, range }: Wanted): boolean {
  if (range === '') return true;
  if (ecosystem === 'apt') return aptVersion(range.slice(1)).test(version);
  // Anything but a range is a tag, such as `latest`, or a marker that only pip can judge.
  if (ecosystem === 'npm')
    return semver.validRange(range) === null || semver.satisfies(version, range, { loose: true });
  return !validRange(range) || (valid(version) !== null && satisfiesPep440(version, range));
}

/** Returns what a version has to match; apt takes `*` in it, as in `jq=1.6*`. */
function aptVersion(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[^A-Za-z0-9~]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

const manifestSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

/**
 * Lists what a `package.json` depends on; optional and peer dependencies may be missing. One that npm does not
 * understand either lists nothing.
 */
export function wantedByManifest(manifest: unknown): Wanted[] {
  const { dependencies, devDependencies } = manifestSchema.safeParse(manifest).data ?? {};
  return Object.entries({ ...devDependencies, ...dependencies }).flatMap(([name, range]) => {
    // A folder, an archive, a repository or another name is not looked up by this one.
    if (/[:/]/.test(range)) return [];
    const isForDevelopment = dependencies?.[name] === undefined;
    return [{ ecosystem: 'npm' as const, name, range: range.trim(), isForDevelopment }];
  });
}

const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      dev: z.boolean().optional(),
      name: z.string().optional(),
    }),
  ),
});

/** Lists the packages of a `package-lock.json` of version 2 or 3; of an older one, nothing. */
export function wantedByLock(lock: unknown): Wanted[] {
  const { success, data } = lockSchema.safeParse(lock);
  if (!success) return [];
  return Object.entries(data.packages).flatMap(([path, one]) => {
    const { version, link, optional, name, dev: isForDevelopment = false } = one;
    const at = path.lastIndexOf('node_modules/');
    if (at === -1 || version === undefined || link === true || optional === true) return [];
    const found = name ?? path.slice(at + 'node_modules/'.length);
    return [{ ecosystem: 'npm' as const, name: found, range: version, isForDevelopment }];
  });
}

/** Lists the packages of a requirements file (PEP 508); options, addresses and paths are left to pip. */
export function wantedByRequirements(text: string): Wanted[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .flatMap((line) => requirement(line.replace(/(?:^|\s)#.*$/, '').trim()));
}

function requirement(text: string): Wanted[] {
  const match =
    /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*((?:[<>=!~][^;]*)?)(?:;(.*))?$/.exec(
      text.replace(/\s--hash=.*$/, ''),
    );
  if (match === null || match[3] !== undefined) return [];
  const [, name = '', range = ''] = match;
  const hashes = [...text.matchAll(/\s--hash=sha256:([0-9a-f]{64})\b/g)].map(
    ([, hash = '']) => hash,
  );
  return [
    {
      ecosystem: 'pip',
      name: normalName(name),
      range: range.replaceAll(/\s/g, ''),
      ...(hashes.length === 0 ? {} : { hashes }),
    },
  ];
}

/** Lists the packages that a RUN names itself: `apt-get install -y jq`, `npm install express@5`, `pip install flask`. */
export function wantedByCommand(text: string): Wanted[] {
  const plain = text
    .replaceAll(/^[ \t]*#.*\n?/gm, '')
    .replaceAll(/\s#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    // What a command prints, and where output goes.
    .replaceAll(/\$\([^)]*\)|`[^`]*`|\s\d*[<>]+&?\s*\S+/g, '');
  const found = plain.matchAll(
    /\b(apt-get|apt|p?npm|yarn|pip[\d.]*)\s+(?:[^|;&\n]*?\s)?(?:install|i|add)(?=\s)([^|;&\n]*)/g,
  );
  return [...found].flatMap(([, program = '', rest = '']) => {
    const words = rest
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
    const names = words.filter(
      // Most options take a value only after "="; the rest is a path, a variable or the end of a quoted command.
      (word, at) =>
        /^[A-Za-z0-9@][^$`/'"]*(?:\/[^$`/'"]+)?$/.test(word) && !takesValue(words[at - 1]),
    );
    return names.flatMap((word) => wordOf(program, word));
  });
}

function takesValue(option: string | undefined): boolean {
  return /^(?:-[rcetiow]|--(?:requirement|constraint|target|prefix|root|option|target-release|index-url|find-links|workspace))$/.test(
    option ?? '',
  );
}

function wordOf(program: string, word: string): Wanted[] {
  // A file, or with apt a package to remove.
  if (/\.(?:tgz|tar\.gz|whl|zip|deb)$|-$/.test(word)) return [];
  if (program.startsWith('apt')) {
    const [, name = '', range = ''] = /^([a-z0-9][a-z0-9+.-]*?)(?::\w+)?(=.+)?$/.exec(word) ?? [];
    return name === '' ? [] : [{ ecosystem: 'apt', name, range }];
  }
  if (/npm|yarn/.test(program)) {
    const [, name = '', range = ''] = /^((?:@[^/@]+\/)?[^/@:]+)(?:@([^:/]+))?$/.exec(word) ?? [];
    return name === '' ? [] : [{ ecosystem: 'npm', name, range }];
  }
  return word.includes('/') ? [] : requirement(word);
}
