import { type Shell, scripts } from '../../completion/scripts.ts';
import type { Outcome } from '../../outcome.ts';

/** Runs `bundle completion`: prints the script of a shell. */
export function runCompletion(shell: Shell): Outcome {
  const script = scripts[shell];
  return { json: { shell, script }, text: script.trimEnd() };
}
