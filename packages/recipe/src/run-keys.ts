import { posix } from 'node:path';
import { type Digest, digestOf } from '@bundle/format';
import { z } from 'zod';
import { goJson, recordDigest } from './image-keys.ts';

// BuildKit's own description of a RUN (solver/pb/ops.proto). Its key is a digest of this as JSON, so the fields are in
// the order of Go's structs, and a field unknown here makes the key unknown as well.

const mountType = { bind: 0, secret: 1, ssh: 2, cache: 3, tmpfs: 4 } as const;

const mountSchema = z.strictObject({
  input: z.number().int().default(0),
  selector: z.string().default(''),
  dest: z.string().default(''),
  output: z.number().int().default(0),
  readonly: z.boolean().optional(),
  mountType: z.number().int().optional(),
  TmpfsOpt: z.record(z.string(), z.unknown()).optional(),
  cacheOpt: z
    .looseObject({ ID: z.string().default(''), sharing: z.number().int().default(0) })
    .optional(),
  secretOpt: z.record(z.string(), z.unknown()).optional(),
  SSHOpt: z.record(z.string(), z.unknown()).optional(),
  resultID: z.string().optional(),
  contentCache: z.number().int().optional(),
});
type Mount = z.output<typeof mountSchema>;

const metaSchema = z.strictObject({
  args: z.array(z.string()).optional(),
  env: z.array(z.string()).optional(),
  cwd: z.string().optional(),
  user: z.string().optional(),
  proxy_env: z.unknown().optional(),
  extraHosts: z.array(z.looseObject({ Host: z.string().optional() })).optional(),
  hostname: z.string().optional(),
  ulimit: z.array(z.record(z.string(), z.unknown())).optional(),
  cgroupParent: z.string().optional(),
  removeMountStubsRecursive: z.boolean().optional(),
  validExitCodes: z.array(z.number().int()).optional(),
});

const execSchema = z.strictObject({
  meta: metaSchema,
  mounts: z.array(mountSchema).min(1),
  network: z.number().int().optional(),
  security: z.number().int().optional(),
  secretenv: z.array(z.record(z.string(), z.unknown())).optional(),
  cdiDevices: z.array(z.record(z.string(), z.unknown())).optional(),
});

/** The parts of a step in BuildKit's build definition (LLB) that make up the key of a RUN. */
export const runSchema = z.object({
  Op: z.object({ exec: execSchema }),
  platform: z.strictObject({
    OS: z.string(),
    Architecture: z.string(),
    Variant: z.string().optional(),
  }),
});
export type Run = z.output<typeof runSchema>;

/**
 * How BuildKit derives the key of a RUN with mounts: up to 0.15 (Docker 27.2), or since 0.17 (Docker 27.4). Without
 * mounts both are the same.
 */
export type KeyForm = 'before-0.17' | 'since-0.17';
export const keyForms: readonly KeyForm[] = ['before-0.17', 'since-0.17'];

export interface RunKey {
  /** Digest of its record. */
  readonly record: Digest;
  /**
   * For each input of the step, the paths that count, and their digest, which is part of the link to the record of
   * the input.
   */
  readonly inputs: readonly { readonly paths: readonly string[]; readonly selector: Digest }[];
}

/** Derives the key of a RUN (solver/llbsolver/ops/exec.go, CacheMap and getMountDeps). */
export function runKey({ Op: { exec }, platform }: Run, form: KeyForm): RunKey {
  const { proxy_env: _, extraHosts, ...meta } = exec.meta;
  const hosts = extraHosts?.map(({ Host }) => (Host === undefined ? {} : { Host }));
  const mounts = exec.mounts.map((mount) => placedMount(mount, form));
  const counted = {
    ...exec,
    meta: inOrder(metaSchema, { ...meta, extraHosts: hosts }),
    mounts: mounts.length > 1 ? mounts.map((mount) => mountJson(mount, form)) : undefined,
  };
  const { OS, Architecture: Arch, Variant } = platform;
  const key = { Type: 'buildkit.exec.v0', Exec: inOrder(execSchema, counted), OS, Arch, Variant };
  const paths: string[][] = [];
  for (const { input, selector, mountType: type } of mounts) {
    if (input < 0 || (form === 'since-0.17' && isOfHost(type))) continue;
    while (paths.length <= input) paths.push([]);
    paths[input]?.push(posix.join('/', selector));
  }
  return {
    record: recordDigest(digestOf(goJson(key))),
    inputs: paths.map((one) => ({ paths: one, selector: digestOf(one.join('\0')) })),
  };
}

/** Tells whether a RUN has more than its own file system. */
export function hasMounts({ Op: { exec } }: Run): boolean {
  return exec.mounts.length > 1;
}

/** Secrets and agents are mounted from the first input before 0.17, and from no input since. */
function placedMount(mount: Mount, form: KeyForm): Mount {
  const { mountType: type } = mount;
  const isSecret = type === mountType.secret || type === mountType.ssh;
  return isSecret ? { ...mount, input: form === 'since-0.17' ? -1 : 0 } : mount;
}

function isOfHost(type: number | undefined): boolean {
  return type === mountType.secret || type === mountType.ssh || type === mountType.tmpfs;
}

function mountJson({ selector: _, cacheOpt, ...mount }: Mount, form: KeyForm): object {
  const cache = cacheOpt === undefined ? {} : { cacheOpt: cacheJson(cacheOpt, mount.dest) };
  const all = inOrder(mountSchema, { ...mount, ...cache });
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) => !(form === 'since-0.17' && /^(?:input|output)$/.test(name) && value === 0),
    ),
  );
}

/** A cache's name counts where it is the default that a Dockerfile implies: its target, possibly in a namespace. */
function cacheJson({ ID, sharing }: { ID: string; sharing: number }, dest: string): object {
  const isOwn = ID === dest || ID.slice(ID.indexOf('/') + 1) === dest;
  return isOwn && sharing === 0 && ID !== '' ? { ID } : {};
}

function inOrder(schema: { readonly shape: object }, value: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) =>
      value[name] === undefined ? [] : [[name, value[name]]],
    ),
  );
}
