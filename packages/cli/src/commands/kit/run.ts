import { arch } from 'node:os';
import { resolve } from 'node:path';
import { createBuildTool } from '@bundle/engine/build-cli';
import { createComposeTool } from '@bundle/engine/compose-cli';
import { writeKit } from '@bundle/export';
import { defined, type Platform } from '@bundle/format';
import { installKit } from '@bundle/host';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { findRuntimes, readNotices } from '../../shared/programs/executables.ts';
import { findPlugin } from '../../shared/programs/plugins.ts';
import { signer } from '../../shared/signer.ts';
import { usageError } from '../../usage.ts';
import type { KitChoice } from './definition.ts';
import { putCommand } from './put-command.ts';
import { installedText, kitText } from './render.ts';

/** Runs `bundle kit`: writes a kit, or installs one. */
export function runKit(
  context: Context,
  file: string | undefined,
  options: KitChoice,
): Promise<Outcome> {
  if ((file === undefined) === (options.output === undefined)) {
    throw usageError(
      'the command line of kit',
      'either -o FILE, to write a kit, or a kit to install',
      file === undefined ? 'neither' : 'both',
      'See `bundle kit --help`.',
    );
  }
  return file === undefined ? make(context, options) : install(context, file, options);
}

async function make(context: Context, options: KitChoice): Promise<Outcome> {
  const { env, cwd, colours, onProgress, signal } = context;
  const platform = options.platform ?? thisPlatform();
  // Side by side: a plugin that was not packed before takes seconds.
  const [runtimes, compose, buildx] = await Promise.all([
    findRuntimes('platform', platform, context),
    pluginOf('compose', createComposeTool({ env }), platform, context),
    pluginOf('buildx', createBuildTool({ env }), platform, context),
  ]);
  const plugins = [compose, buildx].filter((one) => one !== undefined);
  const { version } = await import('../../version.ts');
  const report = await writeKit({
    output: resolve(cwd, options.output ?? ''),
    force: options.force,
    programs: [...runtimes, ...plugins.map(({ file }) => file), await readNotices()],
    about: {
      version,
      platform,
      plugins: defined({ compose: compose?.version, buildx: buildx?.version }),
    },
    ...defined({ sign: options.sign && signer(options.sign, context) }),
    onProgress,
    signal,
  });
  return { json: report, text: kitText(report, colours) };
}

async function pluginOf(
  plugin: 'compose' | 'buildx',
  tool: { version(): Promise<string | undefined> },
  platform: Platform,
  context: Context,
) {
  const version = await tool.version();
  const file = await findPlugin(plugin, version, platform, context);
  return file && version ? { file, version } : undefined;
}

async function install(context: Context, file: string, options: KitChoice): Promise<Outcome> {
  const { cwd, colours, onProgress, signal, env } = context;
  const installed = await installKit(resolve(cwd, file), {
    stateDir: stateFolder(options.stateDir, context),
    platform: thisPlatform(),
    ...defined({ expectDigest: options.expectDigest }),
    onProgress,
    signal,
  });
  const isShared = process.getuid?.() === 0 && !options.stateDir && !env['BUNDLE_STATE_DIR'];
  const put = isShared ? await putCommand(installed.command) : undefined;
  return {
    json: { ...installed, ...defined({ put }) },
    text: installedText(installed, put, colours),
  };
}

/** Returns the platform of the programs that run here. */
function thisPlatform(): Platform {
  return { os: process.platform, architecture: arch() === 'x64' ? 'amd64' : arch() };
}
