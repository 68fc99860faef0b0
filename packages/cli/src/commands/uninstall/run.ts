import { uninstall } from '@bundle/operate';
import type { Context, Outcome } from '../../outcome.ts';
import { remove } from '../../shared/remove.ts';
import type { UninstallOptions } from './definition.ts';

/** Runs `bundle uninstall`: removes an application. */
export function runUninstall(context: Context, options: UninstallOptions): Promise<Outcome> {
  const { volumes } = options;
  const { env } = context;
  return remove(context, options, (tools, asked) => uninstall(tools, { ...asked, volumes, env }));
}
