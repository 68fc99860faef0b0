import type { Catalogue } from '../translator.ts';

/** What the command writes itself: t`…`. */
export const words: Catalogue = {};
