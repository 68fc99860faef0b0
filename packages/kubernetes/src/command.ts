import type { ImageDefaults } from './application.ts';
import type { Findings } from './findings.ts';
import { expandedText, isSecretWord } from './secret-text.ts';
import type { Service } from './service-schema.ts';

/**
 * Makes `command` and `args` of a container. As in Compose, an entrypoint of its own drops the image's command; an empty
 * one drops both, which Kubernetes says with the other of the two written out.
 */
export function commandOf(
  name: string,
  { entrypoint, command }: Service,
  image: ImageDefaults | undefined,
  variable: (secret: string, place: string, name?: string) => string,
  findings: Findings,
): { command?: string[]; args?: string[] } {
  const written = (words: readonly string[], place: string): string[] =>
    words.map((word, index) => {
      if (!isSecretWord(word)) return expandedText(word, (secret) => variable(secret, place));
      const key = `${name}.${place}.${index + 1}`;
      return `$(${variable(key, place, `${place.toUpperCase()}_${index + 1}`)})`;
    });
  if (entrypoint !== undefined && entrypoint.length > 0) {
    return {
      command: written(entrypoint, 'entrypoint'),
      ...(command?.length ? { args: written(command, 'command') } : {}),
    };
  }
  if (entrypoint !== undefined) {
    if (command?.length) return { command: written(command, 'command') };
    findings.notMapped(['services', name, 'entrypoint'], 'it leaves nothing to run');
    return {};
  }
  if (command === undefined) return {};
  if (command.length > 0) return { args: written(command, 'command') };
  return image?.entrypoint.length ? { command: written(image.entrypoint, 'command') } : {};
}
