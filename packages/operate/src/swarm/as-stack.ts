import {
  forgetStack,
  type Instance,
  isStack,
  type NodeImages,
  noteStackImages,
  readInstance,
} from '@bundle/host';

/** A release to deploy as a stack, and where the nodes find its images. */
export interface StackRelease {
  readonly release: string;
  readonly images: NodeImages;
}

/**
 * Does work on an instance that is noted as a stack before; if nothing of it runs afterwards, it is none again unless it
 * was one. The caller has its lock: another deployment would otherwise take the note away before this one reads it.
 */
export async function asStack<Result>(
  instance: Instance,
  { release, images }: StackRelease,
  work: () => Promise<Result>,
): Promise<Result> {
  const wasStack = await isStack(instance);
  await noteStackImages(instance, release, images);
  try {
    return await work();
  } finally {
    const { journal } = await readInstance(instance);
    const isGone = journal?.running == null && journal?.pending == null;
    if (isGone && !wasStack) await forgetStack(instance);
  }
}
