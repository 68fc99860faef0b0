import type { Language } from './language.ts';
import type { Translator } from './translator.ts';

// The language of a run belongs to the process, as its terminal does. Nothing is loaded for English.

let translator: Translator | undefined;

/** Chooses the language in which the texts of this process are written. */
export async function speak(language: Language): Promise<void> {
  if (language === 'en') {
    translator = undefined;
    return;
  }
  translator = await chineseTranslator();
}

/** Returns what translates into Chinese, in whatever language the command speaks. */
export async function chineseTranslator(): Promise<Translator> {
  const [{ Translator: Chosen }, { chinese }] = await Promise.all([
    import('./translator.ts'),
    import('./zh/chinese.ts'),
  ]);
  return new Chosen(chinese.all, chinese.marked);
}

/** Tells whether the texts of this process are written in Chinese. */
export function isChinese(): boolean {
  return translator !== undefined;
}

/** Writes a text of the command: t`Imported ${release}`. Its translation has the key `Imported {0}`. */
export function t(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const written = values.map(String);
  const english = (): string => parts.map((part, index) => part + (written[index] ?? '')).join('');
  if (translator === undefined) return english();
  const key = parts.map((part, index) => (index === 0 ? part : `{${index - 1}}${part}`)).join('');
  const translation = translator.ofTemplate(key);
  if (translation === undefined) return english();
  return translation.replace(/\{(\d+)\}/g, (_, index: string) => written[Number(index)] ?? '');
}

/** Translates a line of the command among lines of other programs, which stay as they are. */
export function translatedLine(line: string): string {
  return translator?.translateLine(line) ?? line;
}

/** Translates a text that was made in English elsewhere: of an error, a check, a plan. */
export function translated(text: string): string {
  return translator?.translate(text) ?? text;
}
