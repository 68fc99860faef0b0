import { createHash } from 'node:crypto';
import { blobPath } from '@bundle/format';
import { type ListedPackage, versionText } from '../image-packages.ts';
import { purlOf } from '../purl.ts';
import { isSpdxExpression } from './licenses.ts';
import { type DescribedImage, type SbomSource, uuidOf } from './source.ts';

const none = 'NOASSERTION';

interface SpdxPackage {
  readonly SPDXID: string;
  readonly [field: string]: unknown;
}

interface Relationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS';
  readonly relatedSpdxElement: string;
}

/** Makes an SPDX 2.3 document (JSON) of images and their packages. A package that several images have is in it once. */
export function spdxDocument(source: SbomSource): object {
  const { product, version, created, images, tool } = source;
  const packages = new Map<string, SpdxPackage>();
  const relationships: Relationship[] = [];
  const contains = (from: string, to: string): void => {
    relationships.push({
      spdxElementId: from,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: to,
    });
  };
  const root = 'SPDXRef-Application';
  packages.set(root, {
    ...common(root, product),
    versionInfo: version,
    primaryPackagePurpose: 'APPLICATION',
  });
  for (const image of images) {
    const id = idOf('Image', image.imageId, image.reference);
    packages.set(id, imagePackage(id, image));
    contains(root, id);
    const { distribution } = image;
    if (distribution !== undefined) {
      const system = idOf('System', distribution.id, distribution.version ?? '');
      packages.set(system, {
        ...common(system, distribution.id),
        ...(distribution.version && { versionInfo: distribution.version }),
        ...(distribution.title && { description: distribution.title }),
        primaryPackagePurpose: 'OPERATING_SYSTEM',
      });
      contains(id, system);
    }
    const known = new Set<string>();
    for (const one of image.packages) {
      const purl = purlOf(one, distribution);
      const found = idOf('Package', purl ?? one.type, one.name, versionText(one));
      if (known.has(found)) continue;
      known.add(found);
      if (!packages.has(found)) packages.set(found, listedPackage(found, one, purl));
      contains(id, found);
    }
  }
  const described: Relationship = {
    spdxElementId: 'SPDXRef-DOCUMENT',
    relationshipType: 'DESCRIBES',
    relatedSpdxElement: root,
  };
  const body = { packages: [...packages.values()], relationships: [described, ...relationships] };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${product}-${version}`,
    documentNamespace: `urn:uuid:${uuidOf(JSON.stringify([product, version, body]))}`,
    creationInfo: { created, creators: [`Tool: ${tool.name}-${tool.version}`] },
    ...body,
  };
}

function common(id: string, name: string) {
  return {
    SPDXID: id,
    name,
    downloadLocation: none,
    filesAnalyzed: false,
    licenseConcluded: none,
    licenseDeclared: none,
    copyrightText: none,
  };
}

function imagePackage(id: string, image: DescribedImage): SpdxPackage {
  const { reference, imageId, problems, attestations = [] } = image;
  const lines = problems.map(({ path, problem }) =>
    path === undefined ? problem : `${path} ${problem}`,
  );
  return {
    ...common(id, reference),
    versionInfo: imageId,
    primaryPackagePurpose: 'CONTAINER',
    ...(lines.length === 0
      ? {}
      : { comment: `The list of packages may be incomplete: ${lines.join('; ')}` }),
    ...(attestations.length === 0
      ? {}
      : {
          externalRefs: attestations.map(({ digest, predicateType }) => ({
            referenceCategory: 'OTHER',
            referenceType: 'attestation',
            referenceLocator: blobPath(digest),
            comment: predicateType,
          })),
        }),
  };
}

function listedPackage(id: string, one: ListedPackage, purl: string | undefined): SpdxPackage {
  const { license } = one;
  const isExpression = license !== undefined && isSpdxExpression(license);
  const version = versionText(one);
  return {
    ...common(id, one.group === undefined ? one.name : `${one.group}:${one.name}`),
    ...(version && { versionInfo: version }),
    sourceInfo: `listed in ${one.path}`,
    ...(isExpression ? { licenseDeclared: license } : {}),
    ...(license !== undefined && !isExpression
      ? { licenseComments: `The package states its licence as: ${license}` }
      : {}),
    ...(purl === undefined
      ? {}
      : {
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: purl,
            },
          ],
        }),
  };
}

/** Makes an identifier of letters, digits, `.` and `-` (SPDX 2.3, 7.2), which a digest makes unique. */
function idOf(kind: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 20);
  return `SPDXRef-${kind}-${hash}`;
}
