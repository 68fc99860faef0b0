import { checkNames } from '@bundle/import';
import { checkNames as offered } from '../src/preflight-options.ts';

test('every check can be ignored by its name', () => {
  expect([...offered]).toEqual([...checkNames]);
});
