import type { EngineImage } from '@bundle/engine';
import type { PlannedImage } from '../application/application.ts';
import type { AssembledImage } from './assemble.ts';

/** An image to pack, as planned and as found on its source. */
export interface PresentImage {
  readonly planned: PlannedImage;
  readonly onEngine: EngineImage;
}

/** An image with its form in the bundle. */
export interface PackedImage extends PresentImage {
  readonly assembled: AssembledImage;
}
