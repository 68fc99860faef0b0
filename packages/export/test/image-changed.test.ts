import type { Engine, EngineImage } from '@bundle/engine';
import type { PlannedImage } from '../src/application/application.ts';
import type { PresentImage } from '../src/images/packed-image.ts';
import { checkUnchanged } from '../src/images/prepare-images.ts';

// A stand-in, because a real engine moves a name between two calls only by chance.

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as const;
const image = (digit: string) => ({ id: digest(digit) }) as EngineImage;
const present: PresentImage[] = [
  { planned: { source: 'shop/api:1' } as PlannedImage, onEngine: image('1') },
];
const engine = (now: EngineImage | undefined) =>
  ({ inspectImage: async () => now }) as unknown as Engine;

test('an image replaced during the export is named', async () => {
  await expect(checkUnchanged(engine(image('2')), present)).rejects.toMatchObject({
    code: 'image-changed',
    details: { subject: 'shop/api:1', expected: digest('1'), found: digest('2') },
  });
  await expect(checkUnchanged(engine(undefined), present)).rejects.toMatchObject({
    code: 'image-changed',
  });
});

test('an unchanged image is accepted', async () => {
  await expect(checkUnchanged(engine(image('1')), present)).resolves.toBe(undefined);
});
