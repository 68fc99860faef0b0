import { blobPath, hexOf } from '@bundle/format';
import { type ListedPackage, type SbomProblem, versionText } from '../image-packages.ts';
import { purlOf } from '../purl.ts';
import type { Distribution } from '../read/os-release.ts';
import { isSpdxExpression } from './licenses.ts';
import { type Attestation, type DescribedImage, type SbomSource, uuidOf } from './source.ts';

/** Names of properties, which the documents of this program share. */
export const properties = {
  path: 'offline-bundle:path',
  problem: 'offline-bundle:problem',
  title: 'offline-bundle:title',
} as const;

/** Makes a CycloneDX 1.6 document (JSON): the application, its images inside it, and in each image its packages. */
export function cycloneDxDocument(source: SbomSource): object {
  const { product, version, created, images, tool } = source;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([product, version, images]))}`,
    metadata: {
      timestamp: new Date(created).toISOString(),
      tools: { components: [{ type: 'application', ...tool }] },
      component: { type: 'application', 'bom-ref': 'application', name: product, version },
    },
    ...listed(
      'components',
      images.map((image, index) => container(image, `image-${index + 1}`)),
    ),
  };
}

function container(image: DescribedImage, ref: string): object {
  const { reference, imageId, distribution, packages, problems, attestations = [] } = image;
  const packed = packages.map((one, index) =>
    library(one, distribution, `${ref}-package-${index + 1}`),
  );
  const system = distribution === undefined ? [] : [operatingSystem(distribution, `${ref}-system`)];
  return {
    type: 'container',
    'bom-ref': ref,
    name: reference,
    version: imageId,
    ...listed('externalReferences', attestations.map(attestation)),
    ...listed('properties', problems.map(problemProperty)),
    ...listed('components', [...system, ...packed]),
  };
}

/** Returns a field with a list, or nothing for an empty list, which the documents leave out. */
function listed(name: string, values: readonly object[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

function attestation({ digest, predicateType }: Attestation): object {
  return {
    url: blobPath(digest),
    type: 'attestation',
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    comment: predicateType,
  };
}

function problemProperty({ path, problem }: SbomProblem): object {
  return { name: properties.problem, value: path === undefined ? problem : `${path} ${problem}` };
}

function operatingSystem({ id, version, title }: Distribution, ref: string): object {
  return {
    type: 'operating-system',
    'bom-ref': ref,
    name: id,
    ...(version && { version }),
    ...(title && { description: title }),
  };
}

function library(one: ListedPackage, distribution: Distribution | undefined, ref: string): object {
  const { name, group, license, path } = one;
  const purl = purlOf(one, distribution);
  const version = versionText(one);
  return {
    type: 'library',
    'bom-ref': ref,
    ...(group && { group }),
    name,
    ...(version && { version }),
    ...(license !== undefined && { licenses: [licenseChoice(license)] }),
    ...(purl && { purl }),
    properties: [{ name: properties.path, value: path }],
  };
}

function licenseChoice(license: string): object {
  return isSpdxExpression(license) ? { expression: license } : { license: { name: license } };
}
