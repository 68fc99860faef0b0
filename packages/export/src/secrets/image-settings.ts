import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();

/** OCI image-spec, config.md: the fields that people write. */
const settingsSchema = z.looseObject({
  author: text,
  config: z
    .looseObject({
      Env: texts,
      Entrypoint: texts,
      Cmd: texts,
      Labels: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  history: z.array(z.looseObject({ created_by: text, comment: text })).nullish(),
});

/** Returns what an image's config says in words, one setting or build step a line. */
export function imageSettings(config: Buffer): string {
  const { data } = settingsSchema.safeParse(parseJson(config.toString('utf8')));
  if (data === undefined) return '';
  const { Env, Entrypoint, Cmd, Labels } = data.config ?? {};
  return [
    data.author,
    ...(Env ?? []),
    (Entrypoint ?? []).join(' '),
    (Cmd ?? []).join(' '),
    ...Object.entries(Labels ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(data.history ?? []).flatMap(({ created_by, comment }) => [created_by, comment]),
  ]
    .filter((line) => typeof line === 'string' && line !== '')
    .join('\n');
}
