import { lintSource } from '@secretlint/core';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import { isExample } from './strength.ts';

/** A value in one of the formats of keys and tokens. */
export interface KnownFormat {
  /** Name of the rule: `aws`, `github`, `privatekey`. */
  readonly rule: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

const prefix = '@secretlint/secretlint-rule-';

const config = {
  rules: [
    {
      id: `${prefix}preset-recommend`,
      rule: preset,
      rules: [{ id: `${prefix}aws`, options: { enableIDScanRule: true } }],
    },
  ],
};

/** Passwords in URLs are judged by their strength instead (assignments.ts). */
const elsewhere = ['basicauth', 'database-connection-string'];

/** Finds keys and tokens whose format gives them away, by the rules of secretlint. */
export async function knownFormats(path: string, text: string): Promise<KnownFormat[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, contentType: 'text', ext: '' },
    options: { config, noPhysicFilePath: true },
  });
  return messages.flatMap(({ ruleId, range: [start, end], loc }) => {
    const value = text.slice(start, end);
    const rule = ruleId.replace(prefix, '');
    if (elsewhere.includes(rule) || (rule !== 'privatekey' && isExample(value))) return [];
    return [{ rule, value, line: loc.start.line }];
  });
}
