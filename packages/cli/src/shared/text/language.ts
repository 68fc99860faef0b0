import type { BundleError } from '@bundle/format';
import { usageError } from '../../usage.ts';

export type Language = 'en' | 'zh';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command line without `--lang`, and the language that it asks for. */
export interface Spoken {
  readonly argv: readonly string[];
  readonly language: Language;
  /** Set where `--lang` or BUNDLE_LANG names no language of this command. */
  readonly error?: BundleError;
}

/**
 * Chooses the language of a run: `--lang`, then BUNDLE_LANG, then the locale. Taken out of the command line before that is
 * read, because an error in it is written in this language already.
 */
export function chooseLanguage(argv: readonly string[], env: Environment): Spoken {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const at = argv.findLastIndex((word, index) => index < end && /^--lang(=|$)/.test(word));
  if (at < 0) {
    const asked = env['BUNDLE_LANG'] ?? '';
    if (asked === '') return { argv, language: languageOfLocale(env) };
    return { argv, ...named(asked, 'BUNDLE_LANG') };
  }
  const word = argv[at] ?? '';
  const isJoined = word.startsWith('--lang=');
  const asked = isJoined ? word.slice('--lang='.length) : (argv[at + 1] ?? '');
  return { argv: argv.toSpliced(at, isJoined ? 1 : 2), ...named(asked, '--lang') };
}

function named(asked: string, where: string): Pick<Spoken, 'language' | 'error'> {
  if (/^en\b/i.test(asked)) return { language: 'en' };
  if (/^zh\b/i.test(asked.replace('_', '-'))) return { language: 'zh' };
  const found = asked === '' ? 'nothing' : asked;
  // The help would fail in the same way.
  const hint = 'Give one of them, or leave it out: the locale decides then.';
  return { language: 'en', error: usageError(where, 'en or zh', found, hint) };
}

/**
 * Returns the language of a locale: Chinese for Simplified Chinese in UTF-8. The console of Linux has no Chinese characters,
 * and other encodings would show others.
 */
function languageOfLocale(env: Environment): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const [name = '', encoding = 'UTF-8'] = locale.split('@')[0]?.split('.') ?? [];
  const isSimplified = /^zh([_-](CN|SG|Hans([_-][A-Z]{2})?))?$/i.test(name);
  return isSimplified && /^utf-?8$/i.test(encoding) && env['TERM'] !== 'linux' ? 'zh' : 'en';
}
