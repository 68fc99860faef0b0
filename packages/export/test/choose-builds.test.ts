import type { PlannedBuild } from '../src/application/application.ts';
import { chooseBuilds } from '../src/builds/choose.ts';

const build = (...services: string[]) => ({ services }) as unknown as PlannedBuild;
const plan = { builds: [build('api', 'worker'), build('web')] };

test('packs the builds that the spec names: all, none, or those of some services', () => {
  expect(chooseBuilds(plan, true)).toHaveLength(2);
  expect(chooseBuilds(plan, false)).toEqual([]);
  expect(chooseBuilds(plan, ['worker'])).toEqual([plan.builds[0]]);
});

test('a service without a build is refused, listing those with one', () => {
  expect(() => chooseBuilds(plan, ['web', 'nginx'])).toThrow(
    expect.objectContaining({
      code: 'spec-invalid',
      details: expect.objectContaining({ found: 'nginx', expected: 'some of api, worker, web' }),
    }),
  );
});
