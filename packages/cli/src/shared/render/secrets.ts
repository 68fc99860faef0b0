import type { SecretFinding, SecretsReport } from '@bundle/export';
import type { Colours } from '../terminal/colours.ts';
import { visible } from '../terminal/escape.ts';
import { count } from './words.ts';

/** Names that one line lists. */
const maxNames = 5;

/** Shows what the scan for secrets let through and what it did not read; undefined if there is nothing to say. */
export function secretsText(
  { allowed, defaults, notScanned, unusedNames }: SecretsReport,
  colours: Colours,
): string | undefined {
  const warning = colours.yellow('warning');
  const lines = [
    ...(allowed.length === 0 ? [] : [`packed, as allowed: ${someOf(allowed.map(placed))}`]),
    ...(defaults.length === 0
      ? []
      : [
          `${warning} fixed values, the same on every host: ${someOf(defaults.map(placed))}; write \${NAME} in the Compose file to let each host set its own`,
        ]),
    ...(notScanned.length === 0
      ? []
      : [
          `not scanned: ${count(notScanned.length, 'large file')}, ${someOf(notScanned.map(({ place }) => place))}`,
        ]),
    ...unusedNames.map((name) => `${warning} ${visible(name)} allows nothing: no such secret`),
  ];
  if (lines.length === 0) return undefined;
  return `${colours.bold('Secrets')}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Shows the secrets that would stop an export. */
export function stoppingText(findings: readonly SecretFinding[], colours: Colours): string {
  const lines = findings.map((one) => `  ${visible(placed(one))} ${visible(one.masked)}`);
  return `${colours.bold('Secrets: they stop the export unless allowed by name')}\n${lines.join('\n')}`;
}

function placed({ name, line }: SecretFinding): string {
  return line === undefined ? name : `${name} (line ${line})`;
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(visible).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
