import { checkNames } from '@bundle/format';
import { ignoreOption } from '../src/preflight-options.ts';

test('every check can be ignored by its name', () => {
  expect(ignoreOption().argChoices).toEqual([...checkNames]);
});
