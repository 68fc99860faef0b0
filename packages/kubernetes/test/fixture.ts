import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleImage, digestOf } from '@bundle/format';
import { parseYamlDocuments } from '@bundle/format/yaml';
import { z } from 'zod';
import type { Application, ConvertOptions, ImageDefaults } from '../src/application.ts';
import { type Conversion, convertApplication } from '../src/convert.ts';

const document = z.object({ services: z.record(z.string(), z.unknown()).catch({}) });

export interface Given {
  readonly compose: string;
  readonly offline?: string;
  readonly example?: string;
  /** Files of the bundle by path. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly image?: Partial<ImageDefaults>;
  readonly product?: string;
  readonly version?: string;
  readonly leftOut?: Application['manifest']['leftOut'];
  readonly envFiles?: Application['manifest']['envFiles'];
}

const digest = digestOf(Buffer.from('image'));

/** Makes a packed application of a Compose file, with one image for all of its services. */
export function applicationOf(given: Given): Application {
  const { compose, offline = '', example = '', files = {}, image = {}, product = 'shop' } = given;
  const { version = '1.0' } = given;
  const [first] = parseYamlDocuments(compose, 'compose.yml');
  const services = Object.keys(document.safeParse(first?.value).data?.services ?? {});
  const packed: BundleImage = {
    reference: 'shop/app:1.0',
    services,
    imageId: digest,
    topDigest: digest,
    manifestDigest: digest,
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [],
  };
  const defaults = { entrypoint: [], command: [], ports: [], ...image };
  return {
    manifest: {
      ...{ product, version, platform: { os: 'linux', architecture: 'amd64' } },
      images: [packed],
      files: Object.entries(files).map(([path, text]) => ({
        ...{ path, size: Buffer.byteLength(text), sha256: '' },
      })),
      leftOut: given.leftOut ?? [],
      envFiles: given.envFiles ?? [],
    },
    ...{ compose, offline, example },
    images: new Map([[digest, defaults]]),
    read: async (path) => Buffer.from(files[path] ?? ''),
  };
}

export const plainOptions: ConvertOptions = {
  imageName: ({ reference, manifestDigest }) => `${reference}@${manifestDigest}`,
  serviceType: 'ClusterIP',
  ingress: [],
  volumeSize: '1Gi',
  profiles: [],
  values: {},
};

export function convert(given: Given, options: Partial<ConvertOptions> = {}): Promise<Conversion> {
  return convertApplication(applicationOf(given), { ...plainOptions, ...options });
}

/** Converts the services of a Compose file, given as YAML below `services:`. */
export function convertService(yaml: string, more: Omit<Given, 'compose'> = {}) {
  return convert({ ...more, compose: `services:\n  web:\n    image: x\n${indented(yaml)}` });
}

function indented(yaml: string): string {
  return yaml.replaceAll(/^(?=.)/gm, '    ');
}

/** Reads a project's folder as far as a bundle would have it; undefined without one standalone Compose file. */
export async function projectIn(folder: string): Promise<Application | undefined> {
  const files: Record<string, Buffer> = {};
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) files[name] = await readFile(path);
  }
  const compose = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
  const file = compose.find((name) => files[name] !== undefined);
  if (file === undefined) return undefined;
  const example = files['.env'] ?? files['.env.example'] ?? '';
  const application = applicationOf({
    compose: files[file]?.toString('utf8') ?? '',
    example: example.toString('utf8'),
    files,
  });
  return application;
}
