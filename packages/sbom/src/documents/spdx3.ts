import { createHash } from 'node:crypto';
import { type ListedPackage, versionText } from '../image-packages.ts';
import { purlOf } from '../purl.ts';
import { type DescribedImage, type SbomSource, uuidOf } from './source.ts';

const creation = '_:creation';

interface Element {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Makes an SPDX 3.0.1 document (JSON-LD) of images and their packages. A package that several images have is in it once. */
export function spdx3Document(source: SbomSource): object {
  const { product, version, created, images, tool } = source;
  const document = `urn:uuid:${uuidOf(JSON.stringify([product, version, created, images]))}`;
  const id = (kind: string, ...parts: readonly string[]): string =>
    `${document}#${kind}-${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 20)}`;
  const elements = new Map<string, Element>();
  const add = (spdxId: string, type: string, fields: Record<string, unknown>): void => {
    if (elements.has(spdxId)) return;
    elements.set(spdxId, { type, spdxId, creationInfo: creation, ...fields });
  };
  const contains = (from: string, to: readonly string[], isComplete: boolean): void => {
    if (to.length === 0) return;
    add(id('Contains', from), 'Relationship', {
      from,
      relationshipType: 'contains',
      to,
      completeness: isComplete ? 'complete' : 'incomplete',
    });
  };
  const [agent, root, sbom] = [id('Agent'), id('Application'), id('Sbom')];
  add(agent, 'SoftwareAgent', { name: `${tool.name} ${tool.version}` });
  add(root, 'software_Package', {
    name: product,
    software_packageVersion: version,
    software_primaryPurpose: 'application',
  });
  const imageIds = images.map((image) => {
    const imageElement = id('Image', image.imageId, image.reference);
    add(imageElement, 'software_Package', {
      name: image.reference,
      software_packageVersion: image.imageId,
      software_primaryPurpose: 'container',
      ...commentOf(image),
    });
    const inside = new Set<string>();
    const { distribution } = image;
    if (distribution !== undefined) {
      const system = id('System', distribution.id, distribution.version ?? '');
      add(system, 'software_Package', {
        name: distribution.id,
        ...(distribution.version && { software_packageVersion: distribution.version }),
        software_primaryPurpose: 'operatingSystem',
      });
      inside.add(system);
    }
    for (const one of image.packages) {
      const purl = purlOf(one, distribution);
      const listed = id('Package', purl ?? one.type, one.name, versionText(one));
      add(listed, 'software_Package', packageFields(one, purl));
      inside.add(listed);
    }
    contains(imageElement, [...inside], image.problems.length === 0);
    return imageElement;
  });
  contains(root, imageIds, true);
  const described = [...elements.keys()];
  add(sbom, 'software_Sbom', {
    rootElement: [root],
    element: described,
    software_sbomType: ['analyzed'],
  });
  add(document, 'SpdxDocument', {
    name: `${product}-${version}`,
    dataLicense: 'https://spdx.org/licenses/CC0-1.0',
    rootElement: [sbom],
    element: [...described, sbom],
    profileConformance: ['core', 'software'],
  });
  const info = {
    type: 'CreationInfo',
    '@id': creation,
    specVersion: '3.0.1',
    created,
    createdBy: [agent],
  };
  return {
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': [info, ...elements.values()],
  };
}

function packageFields(one: ListedPackage, purl: string | undefined): Record<string, unknown> {
  const version = versionText(one);
  return {
    name: one.group === undefined ? one.name : `${one.group}:${one.name}`,
    ...(version && { software_packageVersion: version }),
    software_sourceInfo: `listed in ${one.path}`,
    ...(purl && { software_packageUrl: purl }),
    ...(one.license && { comment: `The package states its licence as: ${one.license}` }),
  };
}

function commentOf({ problems }: DescribedImage): { comment?: string } {
  if (problems.length === 0) return {};
  const lines = problems.map(({ path, problem }) => (path ? `${path} ${problem}` : problem));
  return { comment: `The list of packages may be incomplete: ${lines.join('; ')}` };
}
