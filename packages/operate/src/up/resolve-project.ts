import { parseResolved, type ResolvedProject } from '@bundle/compose';
import type { ComposeRequest, ComposeTool } from '@bundle/engine';

/** Resolves a release as Compose would start it, with all variables filled in. Fails with `compose-invalid`. */
export async function resolveProject(
  compose: ComposeTool,
  request: ComposeRequest,
): Promise<ResolvedProject> {
  return parseResolved(
    await compose.config(request, { interpolate: true }),
    request.files.join(', '),
  );
}
