import { shellWord } from '@bundle/format';
import type { Outcome } from '../../outcome.ts';
import { type CodedFinding, findingsError, findingsText } from '../../shared/render/findings.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/** Reports a Compose file in one finding; read as a spec, each of its lines would have one. */
export function composeFinding(file: string): CodedFinding {
  const word = shellWord(file);
  const message = `a Compose file, not a bundle spec; \`docker compose -f ${word} config\` checks it, \`bundle init ${word}\` makes a spec of it`;
  return { severity: 'error', code: 'spec-invalid', file, path: '', message };
}

export function validateOutcome(
  files: readonly string[],
  findings: readonly CodedFinding[],
  colours: Colours,
  stderrColours: Colours,
): Outcome {
  const subject = files.length === 1 ? (files[0] ?? '') : count(files.length, 'file');
  const error = findingsError(findings, {
    operation: 'validating',
    subject,
    hint: findings.every(({ code }) => code === 'input-unreadable')
      ? 'Check the path and its permissions, then validate again.'
      : 'Fix the errors listed above, then validate again.',
  });
  return {
    json: { ok: error === undefined, files, findings },
    text: error === undefined ? `${colours.green(t`OK`)} ${visible(subject)}` : '',
    words: findingsText(findings, stderrColours),
    ...(error === undefined ? {} : { error }),
  };
}
