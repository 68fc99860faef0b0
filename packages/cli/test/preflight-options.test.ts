import { checkNames } from '@bundle/format';
import { ignoreOption } from '../src/shared/options/bundle.ts';

test('every check can be ignored by its name', () => {
  expect(ignoreOption().argChoices).toEqual([...checkNames]);
});
