import { z } from 'zod';

/** Kinds of packages, named as in package URLs. `generic`: a jar that does not say its group. */
export const packageTypes = [
  'deb',
  'apk',
  'rpm',
  'npm',
  'pypi',
  'golang',
  'maven',
  'generic',
] as const;
export type PackageType = (typeof packageTypes)[number];

const text = z.string().max(1024);

/** A package as a database in an image states it. Its namespace may follow from the distribution, which is not known here. */
export const packageSchema = z.object({
  type: z.enum(packageTypes),
  name: text.min(1),
  /** With epoch and release where a distribution has these, except for the epoch of an RPM. */
  version: text.optional(),
  epoch: text.optional(),
  /** Group of a Maven artifact. */
  group: text.optional(),
  architecture: text.optional(),
  /** The source package, where it has another name. */
  source: text.optional(),
  license: text.optional(),
});
export type Package = z.output<typeof packageSchema>;

/** What a reader found in one file. A problem says why packages may be missing. */
export interface Reading {
  readonly packages: readonly Package[];
  readonly problems?: readonly string[];
}

/** Bounds on what layers may contain: they are foreign, and a reader must end soon on all of them. Sizes are in bytes. */
export const sbomLimits = {
  /** Entries of one layer: the largest images have some 500,000 files in all layers. */
  maxEntries: 4_000_000,
  /** Lists of packages in text: a full desktop has 5 MB. */
  maxTextDatabaseBytes: 64 * 1024 * 1024,
  /** An RPM database in one file: 3,000 packages take 150 MB. It is held in memory while it is read. */
  maxRpmDatabaseBytes: 256 * 1024 * 1024,
  /** METADATA of a wheel has the whole readme; a package.json has a few kB. */
  maxMetadataBytes: 4 * 1024 * 1024,
  /** A jar with everything in it has up to some 150 MB. It is held in memory while it is read. */
  maxJarBytes: 192 * 1024 * 1024,
  /** Inflated bytes of the small files of one jar and of the jars inside it, in all. */
  maxInflatedBytes: 256 * 1024 * 1024,
  maxJarEntries: 200_000,
  /** Jars in jars: a war in an ear with libraries has three levels. */
  maxJarDepth: 5,
  /** Build information of a Go program: 100 bytes for each module. */
  maxGoInfoBytes: 4 * 1024 * 1024,
  maxPackagesOfLayer: 200_000,
  maxProblemsOfLayer: 100,
  /** Header of one RPM: the kernel's lists its files in 10 MB. */
  maxRpmHeaderBytes: 64 * 1024 * 1024,
  /** Packages in the list that a bundle carries: one takes some six objects and arrays, of 200,000 in a document. */
  maxCarriedPackages: 25_000,
  /** A document in a bundle: 600 bytes for each package of each image. */
  maxDocumentBytes: 64 * 1024 * 1024,
} as const;
