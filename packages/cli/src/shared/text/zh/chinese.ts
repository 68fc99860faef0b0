import type { Catalogue } from '../translator.ts';
import { words } from './words.ts';

/** Every text that is translated into Simplified Chinese. */
export const chinese: Catalogue = { ...words };
