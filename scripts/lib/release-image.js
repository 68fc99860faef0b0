// Packs folders as the layers of a container image, into one archive that is an OCI image layout and that `docker load`
// reads: node release-image.js --output FILE --name NAME:TAG --architecture ARCH --epoch SECONDS LAYER_FOLDER…
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const { values, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string' },
    name: { type: 'string' },
    architecture: { type: 'string' },
    epoch: { type: 'string' },
  },
});
const { output, name, architecture, epoch } = values;
const [, version] = name.split(':');
const created = new Date(Number(epoch) * 1000).toISOString();
const work = mkdtempSync(join(tmpdir(), 'image-'));
try {
  mkdirSync(join(work, 'blobs/sha256'), { recursive: true });
  writeImage();
  writeFileSync(output, tar(work));
} finally {
  rmSync(work, { recursive: true, force: true });
}

function writeImage() {
  const layers = folders.map((folder) => {
    const bytes = tar(folder);
    const type = 'application/vnd.oci.image.layer.v1.tar+gzip';
    return { diffId: digestOf(bytes), descriptor: put(gzipSync(bytes), type) };
  });
  const config = put(
    json({
      created,
      architecture,
      os: 'linux',
      config: {
        Entrypoint: ['/usr/lib/bundle/program'],
        // The file that the command packs into bundles; docs/adr/0037-programs.md.
        Env: ['PATH=/usr/bin', 'HOME=/root', 'BUNDLE_FILE=/usr/bin/bundle', 'MALLOC_ARENA_MAX=2'],
        WorkingDir: '/work',
        Labels: {
          'org.opencontainers.image.title': 'offline-bundle',
          'org.opencontainers.image.version': version,
          'org.opencontainers.image.licenses': 'Apache-2.0',
        },
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created, created_by: 'scripts/release' })),
    }),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = put(
    json({ schemaVersion: 2, mediaType, config, layers: descriptors }),
    mediaType,
  );
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': version,
  };
  const pathOf = ({ digest }) => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const files = {
    'oci-layout': { imageLayoutVersion: '1.0.0' },
    'index.json': {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...manifest, annotations }],
    },
    // For docker load.
    'manifest.json': [
      { Config: pathOf(config), RepoTags: [name], Layers: descriptors.map(pathOf) },
    ],
  };
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(work, file), json(content));
}

/** Stores a blob; returns its descriptor. */
function put(bytes, mediaType) {
  const digest = digestOf(bytes);
  writeFileSync(join(work, 'blobs/sha256', digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.length };
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(content) {
  return Buffer.from(JSON.stringify(content));
}

/** Archives the contents of a folder, the same each time. */
function tar(folder) {
  const flags = ['--format=ustar', '--sort=name', '--owner=0', '--group=0', '--numeric-owner'];
  const names = execFileSync('ls', ['-A', folder], { encoding: 'utf8' }).trim().split('\n');
  return execFileSync(
    'tar',
    ['--create', ...flags, '--mode=u=rwX,go=rX', `--mtime=@${epoch}`, '-C', folder, ...names],
    { maxBuffer: 1 << 30 },
  );
}
