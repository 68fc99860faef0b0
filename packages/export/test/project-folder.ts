import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ComposeTool } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import type { ApplicationOptions, ApplicationPlan } from '../src/application/application.ts';

/** Makes a project in its own folder, called `shop`. */
export async function projectFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await realpath(await mkdtemp(join(tmpdir(), 'project-'))), 'shop');
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

export async function removeProject(folder: string): Promise<void> {
  await rm(dirname(folder), { recursive: true, force: true });
}

/** A machine without the compose plugin. */
export const noPlugin: ComposeTool = {
  version: async () => undefined,
  config: () => Promise.reject(new Error('there is no plugin to ask')),
  build: () => Promise.reject(new Error('there is no plugin to ask')),
  up: () => Promise.reject(new Error('there is no plugin to ask')),
};

export function options(
  folder: string,
  files: readonly string[],
  more: Partial<ApplicationOptions> = {},
): ApplicationOptions {
  const composeFiles = files.map((file) => join(folder, file));
  return { composeFiles, extraImages: [], extraFiles: [], withEnv: [], ...more };
}

/** Returns the text of a generated file in a plan. */
export function textOf(plan: ApplicationPlan, path: string): string {
  const content = plan.files.find((file) => file.path === path)?.content;
  if (content === undefined || !('text' in content)) throw new Error(`${path} is not generated`);
  return content.text;
}

/** Returns the error that a user would see. */
export async function errorOf(work: Promise<unknown>): Promise<BundleError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  throw new Error('there was no error');
}
