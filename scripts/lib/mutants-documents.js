// More targets of scripts/mutants: signatures in Sigstore's form, deltas, kits, and lists of packages.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from '../../packages/archive/dist/index.js';
import { applyDelta, readDeltaHeader } from '../../packages/delta/dist/index.js';
import { writeKit } from '../../packages/export/dist/index.js';
import { digestOf } from '../../packages/format/dist/digest-of.js';
import { BundleError, kitPaths, paths } from '../../packages/format/dist/index.js';
import { installKit } from '../../packages/host/dist/index.js';
import {
  carriedPackages,
  cycloneDxDocument,
  imagePackages,
  LayerReader,
  readAttestations,
  spdx3Document,
  spdxDocument,
} from '../../packages/sbom/dist/index.js';
import { mutateBytes, mutateTar, mutateText } from '../../packages/testkit/dist/index.js';
import { parseAllowedSigners, parseKeyFile } from '../../packages/trust/dist/index.js';
import { judgeSigstore, makeSigstore } from '../../packages/trust/dist/sigstore.js';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const golden = new URL('../../fixtures/golden/delta-v1/', import.meta.url);

/** Prepares valid documents in a folder. `refused` is the result of a run that refuses without an error. */
export async function documentTargets(work, { manifestBytes, platform, quiet, refused }) {
  const at = (name) => join(work, name);
  return [
    sigstoreTarget(manifestBytes, refused),
    deltaTarget(refused),
    await kitTarget(at, platform, quiet),
    packageListTarget(at),
    layerTarget(),
    attestationTarget(),
  ];
}

function sigstoreTarget(message, refused) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { line } = parseKeyFile(publicKey.export({ type: 'spki', format: 'pem' }), 'vendor.pub');
  const trusted = parseAllowedSigners(`vendor ${line}`, 'list');
  const original = Buffer.from(makeSigstore(message, privateKey));
  /** Bytes of each signature in a text, which may have several documents. */
  const signaturesIn = (text) =>
    [...text.toString().matchAll(/"signature"\s*:\s*"([^"]*)"/g)].map(([, base64]) =>
      Buffer.from(base64, 'base64'),
    );
  const [signature] = signaturesIn(original);
  return {
    name: 'signature in the form of Sigstore, and the signed text',
    share: 3,
    run: async (below) => {
      const isText = below(3) > 0;
      const text = isText ? mutateText(original, below) : original;
      const signed = isText ? message : mutateBytes(message, below);
      const { signers } = judgeSigstore(signed, [text.toString()], { trusted, now: new Date() });
      if (signers === 0) return refused;
      if (!signed.equals(message)) return 'a changed message was accepted';
      return signaturesIn(text).some((bytes) => bytes.equals(signature))
        ? undefined
        : 'a changed signature was accepted';
    },
  };
}

function deltaTarget(refused) {
  const [old, next, delta] = ['old.tar', 'new.tar', 'delta.bin'].map((name) =>
    readFileSync(new URL(name, golden)),
  );
  const layer = (bytes) => ({
    size: bytes.length,
    readInto: async (target, offset) => bytes.copy(target, 0, offset, offset + target.length),
  });
  return {
    name: 'delta of a layer',
    share: 3,
    run: async (below) => {
      const mutant = mutateBytes(delta, below);
      const chunks = async function* () {
        yield mutant;
      };
      await readDeltaHeader(layer(mutant));
      const hash = createHash('sha256');
      let made = 0;
      for await (const bytes of applyDelta([layer(old)], chunks(), { size: next.length })) {
        made += bytes.length;
        if (made > next.length) return 'a delta made more than its layer has';
        hash.update(bytes);
      }
      // The caller compares the digest.
      return hash.digest('hex') === digestOf(next).slice(7) ? undefined : refused;
    },
  };
}

async function kitTarget(at, platform, quiet) {
  const programs = ['runtime/bundle', 'runtime/THIRD-PARTY-NOTICES.txt'].map((path) => {
    return { path, bytes: Buffer.from(`#!/bin/sh\necho ${path}\n`) };
  });
  const contents = new Map(programs.map(({ path, bytes }) => [path, bytes]));
  const output = at('kit.tar');
  const about = { version: '1.0.0', platform, plugins: {} };
  const options = { output, force: true, programs, about, ...quiet };
  const { digest: identity, kit } = await writeKit(options);
  const archive = readFileSync(output);
  const files = kit.files.map(({ path }) => [path, contents.get(path)]);
  const document = Buffer.from(JSON.stringify(kit, undefined, 2));
  const run = async (below) => {
    rmSync(at('kit-state'), { recursive: true, force: true });
    const isArchive = below(2) === 0;
    const changed = isArchive
      ? mutateTar(archive, below)
      : await wholeOf([[kitPaths.manifest, mutateText(document, below)], ...files]);
    writeFileSync(at('mutant-kit.tar'), changed);
    const stateDir = at('kit-state');
    const pinned = isArchive ? { expectDigest: identity } : {};
    const { command } = await installKit(at('mutant-kit.tar'), {
      ...{ stateDir, platform, ...pinned, ...quiet },
    });
    if (!isArchive) return undefined;
    return readFileSync(command).equals(contents.get(paths.runtime))
      ? undefined
      : 'a changed program was installed';
  };
  return { name: 'kit', share: 3, run };
}

async function wholeOf(files) {
  const entries = files.map(([path, content]) => ({ path, size: content.length, content }));
  const parts = [];
  for await (const part of packTar(entries, () => undefined)) parts.push(part);
  return Buffer.concat(parts);
}

const layerFiles = [
  ['etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n'],
  [
    'var/lib/dpkg/status',
    'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36)\nVersion: 2.36-9\n\n',
  ],
  ['lib/apk/db/installed', 'P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\n'],
  ['app/node_modules/a/package.json', '{"name":"@x/a","version":"1.0.0","license":"MIT"}'],
  ['usr/lib/python3/site-packages/b-1.dist-info/METADATA', 'Name: b\nVersion: 1.0\n\ntext\n'],
].map(([path, text]) => [path, Buffer.from(text)]);
const image = { reference: 'shop/web:1', imageId: digest };
const recordOf = (layer) => {
  const reader = new LayerReader();
  reader.push(layer);
  return reader.end();
};

/** Writes every kind of document about images, as `bundle sbom` does. */
function writeAll(images) {
  const tool = { name: 'offline-bundle', version: '1' };
  const source = { product: 'shop', version: '1.0', created: '2026-01-01T00:00:00Z', images, tool };
  for (const document of [cycloneDxDocument, spdxDocument, spdx3Document])
    JSON.stringify(document(source));
  return JSON.stringify(cycloneDxDocument(source));
}

function packageListTarget(at) {
  let original;
  return {
    name: 'list of packages in a bundle',
    share: 2,
    run: async (below) => {
      original ??= Buffer.from(
        writeAll([imagePackages(image, [recordOf(await wholeOf(layerFiles))])]),
      );
      const packed = gzipSync(mutateText(original, below));
      const bytes = below(8) === 0 ? mutateBytes(packed, below) : packed;
      const file = at('sbom.gz');
      writeFileSync(file, bytes);
      const extent = { file, offset: 0, size: bytes.length };
      const listed = { path: paths.sbom, sha256: digestOf(bytes).slice(7), size: bytes.length };
      const images = await carriedPackages(
        { entries: new Map([[paths.sbom, extent]]) },
        { files: [listed] },
      );
      writeAll(images);
    },
  };
}

function layerTarget() {
  return {
    name: 'packages of a layer',
    share: 3,
    run: async (below) => {
      const which = below(layerFiles.length);
      const files = layerFiles.map(([path, content], index) => [
        path,
        index === which ? mutateText(content, below) : content,
      ]);
      const layer = await wholeOf(files);
      // Nothing in a layer may make it fail, so an error of any kind is a fault.
      try {
        const record = recordOf(below(3) === 0 ? mutateTar(layer, below) : layer);
        writeAll([imagePackages(image, [record])]);
      } catch (error) {
        return error instanceof BundleError ? `refused: ${error.message}` : error.stack;
      }
    },
  };
}

function attestationTarget() {
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest: other,
          size: 10,
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': digest,
          },
        },
      ],
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      layers: [
        { digest, annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' } },
      ],
    }),
  );
  return {
    name: 'attestations of an image',
    share: 2,
    run: async (below) => {
      const isIndex = below(2) === 0;
      const found = await readAttestations(
        { topDigest: `sha256:${'c'.repeat(64)}`, manifestDigest: digest },
        async (one) => {
          if (one === other) return isIndex ? manifest : mutateText(manifest, below);
          return isIndex ? mutateText(index, below) : index;
        },
        () => true,
      );
      writeAll([{ ...image, packages: [], problems: [], attestations: found }]);
    },
  };
}
