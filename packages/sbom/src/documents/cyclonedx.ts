import { blobPath, hexOf } from '@bundle/format';
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import { JSON as InJson, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { type ListedPackage, versionText } from '../image-packages.ts';
import { purlOf } from '../purl.ts';
import type { Distribution } from '../read/os-release.ts';
import { isSpdxExpression } from './licenses.ts';
import { type DescribedImage, type SbomSource, uuidOf } from './source.ts';

/** Names of properties, which the documents of this program share. */
export const properties = {
  path: 'offline-bundle:path',
  problem: 'offline-bundle:problem',
  title: 'offline-bundle:title',
} as const;

const { ComponentType } = Enums;

/** Makes a CycloneDX 1.6 document (JSON): the application, its images inside it, and in each image its packages. */
export function cycloneDxDocument(source: SbomSource): object {
  const { product, version, created, images, tool } = source;
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([product, version, images]))}`,
    metadata: new Models.Metadata({
      timestamp: new Date(created),
      tools: new Models.Tools({
        components: new Models.ComponentRepository([
          new Models.Component(ComponentType.Application, tool.name, { version: tool.version }),
        ]),
      }),
      component: new Models.Component(ComponentType.Application, product, {
        bomRef: 'application',
        version,
      }),
    }),
  });
  for (const [index, image] of images.entries()) {
    bom.components.add(imageComponent(image, `image-${index + 1}`));
  }
  const serializer = new JsonSerializer(new InJson.Normalize.Factory(Spec1dot6));
  const document: unknown = JSON.parse(serializer.serialize(bom, { sortLists: false }));
  if (typeof document !== 'object' || document === null) throw new Error('no document was made');
  return document;
}

function imageComponent(image: DescribedImage, ref: string): Models.Component {
  const { reference, imageId, distribution, packages, problems, attestations = [] } = image;
  const component = new Models.Component(ComponentType.Container, reference, {
    bomRef: ref,
    version: imageId,
  });
  if (distribution !== undefined) component.components.add(system(distribution, `${ref}-system`));
  for (const [index, one] of packages.entries()) {
    component.components.add(packageComponent(one, distribution, `${ref}-package-${index + 1}`));
  }
  for (const { path, problem } of problems) {
    const text = path === undefined ? problem : `${path} ${problem}`;
    component.properties.add(new Models.Property(properties.problem, text));
  }
  for (const { digest, predicateType } of attestations) {
    component.externalReferences.add(
      new Models.ExternalReference(blobPath(digest), Enums.ExternalReferenceType.Attestation, {
        hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], hexOf(digest)]]),
        comment: predicateType,
      }),
    );
  }
  return component;
}

function system({ id, version, title }: Distribution, bomRef: string): Models.Component {
  return new Models.Component(ComponentType.OperatingSystem, id, {
    bomRef,
    ...(version && { version }),
    ...(title && { description: title }),
  });
}

function packageComponent(
  one: ListedPackage,
  distribution: Distribution | undefined,
  bomRef: string,
): Models.Component {
  const { name, group, license, path } = one;
  const purl = purlOf(one, distribution);
  const version = versionText(one);
  const component = new Models.Component(ComponentType.Library, name, {
    bomRef,
    ...(group && { group }),
    ...(version && { version }),
    ...(purl && { purl }),
  });
  component.properties.add(new Models.Property(properties.path, path));
  if (license !== undefined) {
    component.licenses.add(
      isSpdxExpression(license)
        ? new Models.LicenseExpression(license)
        : new Models.NamedLicense(license),
    );
  }
  return component;
}
