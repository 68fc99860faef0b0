import { keptMounts, paths } from '@bundle/format';
import { languageSh } from './script-texts.ts';

/** Placeholders between `@` signs in a script. */
const places: Readonly<Record<string, string>> = {
  COMPOSE: paths.compose,
  COMPOSE_OFFLINE: paths.composeOffline,
  IMAGES: paths.imagesDir,
  INSTALL_SCRIPT: paths.installScript,
  KEPT_MOUNTS: keptMounts,
  CHECKSUMS: paths.checksums,
  MANIFEST: paths.manifest,
  README: paths.readme,
  RUNTIME: paths.runtime,
  SIGNATURE: paths.signature,
  SIGSTORE: paths.sigstore,
};

/**
 * Returns a script with the functions that all scripts have, and with the placeholders replaced. The leading comments, which
 * are for readers of the source, are left out.
 */
export function scriptBody(text: string): string {
  const bodies = [languageSh, text].map((one) => one.slice(one.indexOf('\n\n') + 2));
  const body = bodies.join('\n');
  return body.replaceAll(/@([A-Z_]+)@/g, (mark, name: string) => places[name] ?? mark);
}
