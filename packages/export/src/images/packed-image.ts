import type { EngineImage } from '@bundle/engine';
import type { PlannedImage } from '../application/application.ts';
import type { AssembledImage } from './assemble.ts';

/** An image that is to be packed, and the same as its source has it. */
export interface PresentImage {
  readonly planned: PlannedImage;
  readonly onEngine: EngineImage;
}

/** The same as the bundle holds it. */
export interface PackedImage extends PresentImage {
  readonly assembled: AssembledImage;
}
