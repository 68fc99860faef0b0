import { digestSchema, parseJson } from '@bundle/format';
import { PackageURL } from 'packageurl-js';
import { z } from 'zod';
import type { ListedPackage } from '../image-packages.ts';
import { type PackageType, packageTypes } from '../package.ts';
import type { Distribution } from '../read/os-release.ts';
import { properties } from './cyclonedx.ts';
import type { DescribedImage } from './source.ts';

const property = z.looseObject({ name: z.string(), value: z.string() });
const license = z.looseObject({
  expression: z.string().optional(),
  license: z.looseObject({ name: z.string().optional(), id: z.string().optional() }).optional(),
});
const inner = z.looseObject({
  type: z.string(),
  name: z.string(),
  version: z.string().optional(),
  group: z.string().optional(),
  description: z.string().optional(),
  purl: z.string().optional(),
  licenses: z.array(license).optional(),
  properties: z.array(property).optional(),
});
const container = z.looseObject({
  name: z.string(),
  version: digestSchema,
  components: z.array(inner).optional(),
  properties: z.array(property).optional(),
  externalReferences: z
    .array(
      z.looseObject({
        type: z.string(),
        comment: z.string().optional(),
        hashes: z.array(z.looseObject({ content: z.string() })).optional(),
      }),
    )
    .optional(),
});
const documentSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(container).optional(),
});

/** Reads a document of `cycloneDxDocument` back. Fails with an error of JSON or zod if it is not one. */
export function readCycloneDx(bytes: Buffer): DescribedImage[] {
  const { components = [] } = documentSchema.parse(parseJson(bytes));
  return components.map((image) => {
    const inside = image.components ?? [];
    const system = inside.find(({ type }) => type === 'operating-system');
    const attestations = (image.externalReferences ?? []).flatMap(({ type, hashes, comment }) => {
      const digest = digestSchema.safeParse(`sha256:${hashes?.[0]?.content ?? ''}`);
      if (type !== 'attestation' || !digest.success) return [];
      return [{ digest: digest.data, predicateType: comment ?? '' }];
    });
    return {
      reference: image.name,
      imageId: image.version,
      ...(system && { distribution: distributionOf(system) }),
      packages: inside.flatMap((one) => (one === system ? [] : packageOf(one))),
      problems: (image.properties ?? []).flatMap(({ name, value }) =>
        name === properties.problem ? [{ problem: value }] : [],
      ),
      ...(attestations.length === 0 ? {} : { attestations }),
    };
  });
}

type Inner = z.output<typeof inner>;

function distributionOf({ name, version, description }: Inner): Distribution {
  return {
    id: name,
    ...(version && { version }),
    ...(description && { title: description }),
  };
}

function packageOf({
  name,
  version,
  group,
  purl,
  licenses,
  properties: all = [],
}: Inner): ListedPackage {
  const url = purl === undefined ? undefined : PackageURL.fromString(purl);
  const { arch, epoch, upstream } = url?.qualifiers ?? {};
  const stated =
    licenses?.[0]?.expression ?? licenses?.[0]?.license?.name ?? licenses?.[0]?.license?.id;
  // A document has the epoch in the version, as people compare it.
  const own = epoch === undefined ? version : version?.replace(`${epoch}:`, '');
  return {
    type: typeOf(url?.type),
    name,
    ...(own && { version: own }),
    ...(epoch && { epoch }),
    ...(group && { group }),
    ...(arch && { architecture: arch }),
    ...(upstream && { source: upstream }),
    ...(stated && { license: stated }),
    path: all.find((one) => one.name === properties.path)?.value ?? '',
  };
}

function typeOf(type: string | undefined): PackageType {
  return packageTypes.find((one) => one === type) ?? 'generic';
}
