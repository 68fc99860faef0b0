import { type ResolvedDocument, type StackNote, stackOf } from '@bundle/compose';

/**
 * Lists what a stack will not have of a packed Compose file, before its settings are written anywhere. `docker compose
 * config` decides at the start, and may find more in fields with variables that have no value yet.
 */
export function plannedNotes(project: ResolvedDocument | undefined): readonly StackNote[] {
  if (project === undefined) return [];
  const none = { images: new Map(), configs: new Map(), secrets: new Map() };
  const mounted = { files: new Map(), here: new Set<string>(), node: '' };
  return stackOf(project, { name: '', folder: '', host: '', ...none, mounted }).notes;
}
