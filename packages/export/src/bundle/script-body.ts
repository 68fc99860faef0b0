import { keptMounts, paths } from '@bundle/format';

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
 * Returns a script without its leading comment, which is for readers of the source, and with the placeholders replaced.
 */
export function scriptBody(text: string): string {
  const body = text.slice(text.indexOf('\n\n') + 2);
  return body.replaceAll(/@([A-Z_]+)@/g, (mark, name: string) => places[name] ?? mark);
}
