import { readAttestations } from '@bundle/sbom';

const [top, image, statement] = ['a', 'b', 'c'].map(
  (digit) => `sha256:${digit.repeat(64)}` as const,
);

test.each([
  ['text that is not JSON', 'statement'],
  ['bytes that are no text', '\xff'],
  ['a duplicate key', '{"layers":[],"layers":[]}'],
  ['a document of another form', '{"layers":{}}'],
])('%s in place of the statements about an image is passed over', async (_, text) => {
  if (top === undefined || image === undefined || statement === undefined) throw new Error();
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image,
  };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifests = [{ mediaType, digest: statement, size: 1, annotations }];
  const index = JSON.stringify({ schemaVersion: 2, manifests });
  const read = async (digest: string) =>
    digest === top ? Buffer.from(index) : Buffer.from(text, 'latin1');
  const found = readAttestations({ topDigest: top, manifestDigest: image }, read, () => true);
  await expect(found).resolves.toEqual([]);
});
