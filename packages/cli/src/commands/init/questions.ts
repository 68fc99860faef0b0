import type { ChosenSpec, Outline } from '@bundle/export';
import { productName, releaseVersion } from '@bundle/format';
import type { Context } from '../../outcome.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

type Asking = Pick<Context, 'ask' | 'askText' | 'choose'>;

const platforms = ['linux/amd64', 'linux/arm64'] as const;

/** Asks what the spec says. Where nobody can answer, the suggestions hold. */
export async function askSpec(
  { ask, askText, choose }: Asking,
  { name, built, profiles }: Outline,
  given: { readonly product?: string | undefined; readonly version?: string | undefined },
): Promise<Omit<ChosenSpec, 'compose'>> {
  const suggested = { product: given.product ?? name, version: given.version };
  if (ask === undefined || askText === undefined || choose === undefined) return suggested;
  const answer = (question: string, more: object = {}): Promise<string> =>
    askText(question, { secret: false, mayBeEmpty: true, ...more });
  const product =
    given.product ??
    (await askText(t`Name of the application:`, {
      secret: false,
      ...(name === undefined ? {} : { default: name }),
      problemOf: problemWith(productName),
    }));
  const version =
    given.version ??
    (await answer(t`Version of the release (Enter: the date of its newest image):`, {
      problemOf: problemWith(releaseVersion),
    }));
  const chosen =
    profiles.length === 0
      ? ''
      : await answer(t`Profiles to pack, of ${visible(profiles.join(', '))} (Enter: all):`, {
          problemOf: (text: string) => unknownOf(listOf(text), profiles),
        });
  const platform = await choose(t`Platform of the offline host?`, [
    t`as the engine here`,
    ...platforms,
  ]);
  const rebuild =
    built.length === 0
      ? undefined
      : await ask(t`Shall ${visible(built.join(', '))} be rebuilt there from changed source?`);
  const withSource = rebuild === true ? await ask(t`Pack the source for that too?`) : undefined;
  return {
    product,
    ...(version === '' ? {} : { version }),
    ...(chosen === '' ? {} : { profiles: listOf(chosen) }),
    ...(platform === 0 ? {} : { platform: platforms[platform - 1] }),
    rebuild,
    withSource,
  };
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== '');
}

function unknownOf(names: readonly string[], known: readonly string[]): string | undefined {
  const unknown = names.find((name) => !known.includes(name));
  return unknown === undefined ? undefined : t`There is no profile ${visible(unknown)}.`;
}

function problemWith(schema: typeof productName | typeof releaseVersion) {
  return (text: string): string | undefined => schema.safeParse(text).error?.issues[0]?.message;
}
