import { type Assignment, secretSettings, urlPasswords } from './assignments.ts';
import { masked, type SecretFinding } from './finding.ts';
import { looksGenerated } from './strength.ts';

/** How a text is judged. */
export interface TextKind {
  /** Path in the bundle, or `image REFERENCE`. */
  readonly place: string;
  /**
   * What fixed passwords count as: in `settings`, generated ones stop the export and defaults are reported; in
   * `configuration`, defaults are not reported; in `values`, which somebody named to have them packed, and in `source`,
   * which is full of names, only keys and tokens in known formats count.
   */
  readonly kind: 'settings' | 'configuration' | 'values' | 'source';
  /** Whether lines are counted; image settings have none. */
  readonly isFile: boolean;
}

/** A finding with the value itself, by which the same one in several places is recognized. */
export interface FoundSecret {
  readonly finding: SecretFinding;
  readonly value: string;
}

/** Finds secrets in a text. */
export async function scanText(text: string, options: TextKind): Promise<FoundSecret[]> {
  // The rules take 20 to 40 ms to load, so nothing loads them before there is a text.
  const { knownFormats } = await import('./rules.ts');
  const known = await knownFormats(options.place, text);
  const found = known.map(({ rule, value, line }) => secret(options, 'error', rule, value, line));
  if (options.kind === 'values' || options.kind === 'source') return found;
  const lines = new Set(known.map(({ line }) => line));
  const judged = [...urlPasswords(text), ...secretSettings(text)].flatMap((one) =>
    lines.has(one.line) ? [] : judge(one, options),
  );
  return [...found, ...judged];
}

function judge({ name, value, line }: Assignment, options: TextKind): FoundSecret[] {
  if (looksGenerated(value)) return [secret(options, 'error', name, value, line)];
  return options.kind === 'settings' ? [secret(options, 'warning', name, value, line)] : [];
}

function secret(
  { place, isFile }: TextKind,
  severity: SecretFinding['severity'],
  what: string,
  value: string,
  line: number,
): FoundSecret {
  const finding = { name: `${place}:${what}`, severity, place, what, masked: masked(value) };
  return { value, finding: isFile ? { ...finding, line } : finding };
}
