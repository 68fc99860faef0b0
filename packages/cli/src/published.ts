import {
  bundleManifestSchema,
  bundleSpecSchema,
  inventorySchema,
  kitSchema,
  partListSchema,
  receiptSchema,
  schemaVersion,
} from '@bundle/format';
import { recipesSchema } from '@bundle/recipe';
import { z } from 'zod';
import { references } from './references.ts';
import type { Language } from './shared/text/language.ts';

/** Returns the text of every generated file, by its path in the project. */
export async function publishedFiles(): Promise<ReadonlyMap<string, string>> {
  const english = await referencesIn('docs', 'en');
  const chinese = await referencesIn('docs/zh', 'zh');
  return new Map([
    [
      'manifests/bundle-manifest.schema.json',
      jsonSchema(bundleManifestSchema, 'bundle-manifest', 'bundle.json, the manifest of a bundle'),
    ],
    [
      'manifests/bundle-spec.schema.json',
      jsonSchema(bundleSpecSchema, 'bundle-spec', 'A bundle spec: what `bundle export` packs'),
    ],
    [
      'manifests/build-recipes.schema.json',
      jsonSchema(
        recipesSchema,
        'build-recipes',
        'build-cache/recipes.json, how images are rebuilt',
      ),
    ],
    [
      'manifests/inventory.schema.json',
      jsonSchema(inventorySchema, 'inventory', 'What a host has, as `bundle inventory` writes it'),
    ],
    [
      'manifests/part-list.schema.json',
      jsonSchema(partListSchema, 'part-list', 'NAME.parts.json, the parts of a single file'),
    ],
    ['manifests/kit.schema.json', jsonSchema(kitSchema, 'kit', 'kit.json of a kit of programs')],
    [
      'manifests/receipt.schema.json',
      jsonSchema(
        receiptSchema,
        'receipt',
        'What a host has and runs, as `bundle receipt` writes it',
      ),
    ],
    ...english,
    ...chinese,
  ]);
}

/** Makes the schema of the document as written, that is, of the input of the parsers. */
function jsonSchema(schema: z.ZodType, name: string, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  const document = { $schema, $id: `urn:offline-bundle:${name}:${schemaVersion}`, title, ...rest };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

async function referencesIn(folder: string, language: Language): Promise<[string, string][]> {
  return [...(await references(language))].map(([name, text]) => [`${folder}/${name}`, text]);
}
