import { z } from 'zod';
import type { DiskUsage } from '../engine.ts';
import { parse } from './client.ts';

/** Answer of `GET /system/df`; all sizes in bytes, -1 if not computed. */
const diskUsageSchema = z.looseObject({
  LayersSize: z.number().nullish(),
  Images: z.array(z.looseObject({ Id: z.string(), Size: z.number() })).nullish(),
  Containers: z.array(z.looseObject({ SizeRw: z.number().nullish() })).nullish(),
  Volumes: z
    .array(z.looseObject({ UsageData: z.looseObject({ Size: z.number() }).nullish() }))
    .nullish(),
  BuildCache: z.array(z.looseObject({ Size: z.number(), Shared: z.boolean().nullish() })).nullish(),
});

/** Sums up an engine's answer about its disk usage by kind, in bytes. */
export function toDiskUsage(answer: unknown): DiskUsage {
  const { LayersSize, Images, Containers, Volumes, BuildCache } = parse(diskUsageSchema, answer);
  const sum = (sizes: readonly (number | null | undefined)[] = []): number =>
    sizes.reduce<number>((total, size) => total + Math.max(0, size ?? 0), 0);
  return {
    // podman counts only images, each once for every name, and shared layers with every image.
    images: LayersSize || sum([...sizesOf(Images ?? []).values()]),
    containers: sum(Containers?.map(({ SizeRw }) => SizeRw)),
    volumes: sum(Volumes?.map(({ UsageData }) => UsageData?.Size)),
    // Shared records are layers of images and are already counted there.
    buildCache: sum(BuildCache?.map(({ Size, Shared }) => (Shared === true ? 0 : Size))),
  };
}

function sizesOf(
  images: readonly { readonly Id: string; readonly Size: number }[],
): ReadonlyMap<string, number> {
  return new Map(images.map(({ Id, Size }) => [Id, Size]));
}
