import type { PaperLanguage } from '@bundle/format';
import { english } from './english.ts';
import type { PaperTexts } from './texts.ts';

/** What the spec says for the papers of a bundle, besides what is known of the application. */
export interface PaperOptions {
  readonly language: PaperLanguage;
  /** Name of the application as people know it. */
  readonly title?: string;
  /** Who to ask: name, telephone, address. */
  readonly contact?: string;
  /** A few lines of the sender. */
  readonly notes?: string;
}

/** Writes one paper in the language or languages of a bundle. */
export type PaperWriter = (write: (texts: PaperTexts) => string) => string;

const rule = `\n${'='.repeat(100)}\n\n`;

/** Returns the function that writes a paper in one language, or in both: Chinese first. */
export async function paperWriter(language: PaperLanguage): Promise<PaperWriter> {
  if (language === 'en') return (write) => write(english);
  const { chinese } = await import('./chinese.ts');
  if (language === 'zh') return (write) => write(chinese);
  return (write) => `${write(chinese)}${rule}${write(english)}`;
}
