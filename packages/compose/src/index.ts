export * from './build-section.ts';
export * from './carried-project.ts';
export * from './documents.ts';
export * from './env-carry.ts';
export * from './env-edit.ts';
export * from './env-example.ts';
export * from './env-files.ts';
export { quotedValue } from './env-quote.ts';
export * from './env-syntax.ts';
export { appendLines, eolOf } from './env-text.ts';
export * from './env-values.ts';
export * from './environment.ts';
export * from './features.ts';
export {
  assignmentsOf,
  flag as composeFlag,
  text as composeText,
  texts as composeTexts,
  words as composeWords,
} from './field-schemas.ts';
export * from './find.ts';
export * from './host-own.ts';
export * from './included.ts';
export * from './invalid-compose.ts';
export * from './mounts.ts';
export * from './needed-files.ts';
export * from './needs.ts';
export * from './permissions.ts';
export * from './product-name.ts';
export * from './profiles.ts';
export * from './project.ts';
export * from './published-ports.ts';
export * from './references.ts';
export * from './resolve-plain.ts';
export * from './service.ts';
export { type ResolvedDocument, resolvedSchema } from './stack/documents.ts';
export type { MountedFile, MountedFiles } from './stack/mounts.ts';
export * from './stack/names.ts';
export * from './stack/stack.ts';
export * from './template.ts';
export * from './too-many.ts';
export * from './variables.ts';
export * from './version.ts';
export * from './volumes.ts';
export * from './written-mounts.ts';
