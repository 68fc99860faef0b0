import { checkNames, errorMeanings, exitCodes } from '@bundle/format';
import { createProgram } from '../src/program.ts';
import { checkExplanations, explanations } from '../src/shared/explanations.ts';
import { bundle } from './run-bundle.ts';

test.each([['87'], ['release-unhealthy'], ['Release-Unhealthy']])(
  'bundle explain %s says what happened and what to do',
  async (code) => {
    const { code: exit, stdout } = await bundle(['explain', code]);
    expect(exit).toBe(0);
    expect(stdout).toContain('release-unhealthy (exit code 87)');
    expect(stdout).toContain(errorMeanings['release-unhealthy']);
    expect(stdout).toMatch(/Usual causes\n- [\s\S]*What to do\n- /);
  },
);

test('a preflight check is explained by its name', async () => {
  expect((await bundle(['explain', 'ports'])).stdout).toContain('ports (preflight check)');
});

test('a kill by a signal and success are explained too', async () => {
  expect((await bundle(['explain', '137'])).stdout).toContain('signal 9 (exit code 137)');
  expect((await bundle(['explain', '0'])).stdout).toContain('Done.');
});

test('without a code, all are listed, also for a program', async () => {
  const { stdout } = await bundle(['explain', '--json']);
  const names = JSON.parse(stdout).codes.map(({ name }: { name: string }) => name);
  expect(names.sort()).toEqual([...Object.keys(exitCodes), ...checkNames].sort());
});

test.each([
  ['releese-unhealthy', 'Did you mean release-unhealthy?'],
  ['port', 'Did you mean ports?'],
  ['77', 'an exit code of this command'],
  ['', 'an exit code, an error code'],
])('%p is answered with what is near', async (code, words) => {
  const { code: exit, stderr } = await bundle(['explain', code]);
  expect(exit).toBe(2);
  expect(stderr).toContain(words);
});

test('explanations name only commands and options that exist', async () => {
  const program = await createProgram(() => undefined, { out: () => {}, err: () => {} });
  const commands = new Set(['help', ...program.commands.map((command) => command.name())]);
  const options = new Set(
    program.commands.flatMap((command) => command.options.map(({ long }) => long)),
  );
  for (const { causes, steps } of [explanations, checkExplanations].flatMap(Object.values)) {
    for (const text of [...causes, ...steps]) {
      for (const [, name = ''] of text.matchAll(/`bundle (\w+)/g)) expect(commands).toContain(name);
      const rest = text.replaceAll(/`(bundle [^`]*)?[^`]*`/g, ' $1 ');
      for (const [name] of rest.matchAll(/--[a-z-]+/g)) expect(options).toContain(name);
    }
  }
});
