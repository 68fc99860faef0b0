// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of env files

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError } from '@bundle/format';
import type { EngineName } from '@bundle/testkit';
import { editEnvFile } from '../src/env-edit.ts';
import { envValues } from '../src/env-values.ts';
import { type ComposePlugin, composePlugin, each, type Reading } from './compose-plugin.ts';
import { caseEnvironment, envCases } from './env-cases.ts';
import { EnvGenerator } from './env-generator.ts';

// The same files every time, unless another seed is given.
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? 25);
const generated = Number(process.env['BUNDLE_TEST_ENV_FILES'] ?? 700);
const batch = 250;

const texts = [...new Set(Object.values(envCases).flatMap((cases) => cases.map(([text]) => text)))];
const lookup = (name: string): string | undefined =>
  Object.hasOwn(caseEnvironment, name) ? caseEnvironment[name] : undefined;

const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
/**
 * Compose 2.40 and 2.26, which share one grammar. Most generated files are run on the newer one, as are most cases where
 * each needs a run of its own.
 */
const engines: readonly [engine: EngineName, part: number][] = [
  ['connected', 1],
  ['offline-26', sweep ? 1 : 0.25],
];

function ours(text: string): Reading {
  try {
    return Object.fromEntries(envValues(text, lookup));
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

/** Returns the values of `${NAME}`: the environment wins over `.env`. */
function interpolated(reading: Reading, names: readonly string[]): Reading {
  if (reading === undefined) return undefined;
  const values = names.map((name) => [
    name,
    lookup(name) ?? (Object.hasOwn(reading, name) ? reading[name] : undefined),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function namesIn(reading: Reading): string[] {
  const names = Object.keys(reading ?? {}).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  return [...new Set([...names, 'A', 'B', 'SET', 'UNSET'])];
}

/**
 * Tells whether Compose 2.26 can read a text: it puts all of `.env` into its own environment, which accepts no empty
 * name and no NUL.
 */
function isSettable(text: string): boolean {
  return Object.entries(ours(text) ?? {}).every(([name, value]) => name && !value.includes('\0'));
}

interface Difference {
  readonly text: string;
  readonly compose: Reading;
  readonly ours: Reading;
}

function differences(all: readonly string[], compose: readonly Reading[], own: readonly Reading[]) {
  return all.flatMap((text, at): Difference[] => {
    const pair = { text, compose: compose[at], ours: own[at] };
    return isSame(pair.compose, pair.ours) ? [] : [pair];
  });
}

function isSame(one: Reading, other: Reading): boolean {
  const [first, second] = [one, other].map((reading) =>
    JSON.stringify(reading && Object.entries(reading).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  return first === second;
}

describe.each(engines)('the Compose plugin of %s', (engine, part) => {
  const count = Math.ceil(generated * part);
  let folder: string;
  let compose: ComposePlugin;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dialect-'));
    compose = await composePlugin(engine, folder, caseEnvironment);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Reads texts that should be refused one by one, because a refusal fails all texts of a run. */
  async function asEnvFiles(all: readonly string[]): Promise<Reading[]> {
    const results = new Map<string, Reading>();
    const accepted = all.filter((text) => ours(text) !== undefined);
    const groups = [
      ...Array.from({ length: Math.ceil(accepted.length / batch) }, (_, at) =>
        accepted.slice(at * batch, (at + 1) * batch),
      ),
      ...all.filter((text) => ours(text) === undefined).map((text) => [text]),
    ];
    await each(groups, async (group) => {
      const readings = await compose.envFiles(group);
      group.forEach((text, at) => {
        results.set(text, readings[at]);
      });
    });
    return all.map((text) => results.get(text));
  }

  async function asDotEnv(all: readonly string[]): Promise<Difference[]> {
    const settable = compose.version.startsWith('2.26') ? all.filter(isSettable) : all;
    const own = settable.map((text) => interpolated(ours(text), namesIn(ours(text))));
    const readings = await each(settable, (text) => compose.dotEnv(text, namesIn(ours(text))));
    return differences(settable, readings, own);
  }

  it('reads the cases as expected, as env_file', async () => {
    const readings = await asEnvFiles(texts);
    const expected = new Map(Object.values(envCases).flat());
    const wanted = texts.map((text) => expected.get(text));
    expect(differences(texts, readings, wanted)).toEqual([]);
    expect(texts.length).toBeGreaterThan(400);
  });

  it('reads the cases as this package does, as .env', async () => {
    expect(await asDotEnv(texts.filter((_, at) => at % Math.round(1 / part) === 0))).toEqual([]);
  });

  it(`reads ${count} generated files as this package does (seed ${seed})`, async () => {
    const generator = new EnvGenerator(seed);
    const all = Array.from({ length: count }, () => generator.file());
    expect(differences(all, await asEnvFiles(all), all.map(ours))).toEqual([]);
    // As .env each needs a run of its own.
    expect(await asDotEnv(all.filter((_, at) => at % 10 === 0))).toEqual([]);
    const refused = all.filter((text) => ours(text) === undefined).length;
    expect(refused / count).toBeGreaterThan(0.1);
    expect(refused / count).toBeLessThan(0.5);
  });

  it(`reads ${count} values back as they were written (seed ${seed})`, async () => {
    const generator = new EnvGenerator(seed + 1);
    const bases = Array.from({ length: count }, () => generator.file()).filter(ours);
    const names = ['A', 'B', 'SET', 'NEW'];
    // Another line may require a variable that is now empty.
    const readable = Array.from({ length: count }, (_, at) => {
      const values = new Map(names.map((name) => [name, generator.value()]));
      return { values, text: editEnvFile(bases[at % bases.length] ?? '', values) };
    })
      .filter(({ text }) => ours(text) !== undefined)
      .slice(0, Math.ceil(count / names.length));
    const all = readable.map(({ text }) => text);
    const readings = await asEnvFiles(all);
    const wrong = readable.flatMap(({ values, text }, at) =>
      [...values].flatMap(([name, value]) =>
        readings[at]?.[name] === value ? [] : [{ text, name, value, read: readings[at] }],
      ),
    );
    expect(wrong).toEqual([]);
    expect(readable.length * names.length).toBeGreaterThanOrEqual(count);
    expect(await asDotEnv(all.filter((_, at) => at % 10 === 0))).toEqual([]);
  });
});

describe('a variable set in several sources', () => {
  let folder: string;
  let compose: ComposePlugin;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dialect-'));
    compose = await composePlugin('connected', folder, caseEnvironment);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('comes from .env, then environment, then earlier files, then earlier lines', async () => {
    const first = 'X=first\nSERVICE=first\nDOT=first\nONLY=first\n';
    const second =
      'X=second\nA=$X\nB=$SERVICE\nC=$DOT\nD=$ONLY\nE=$SET\nSERVICE=2\nF=$SERVICE\nSET=2\nDOT\n';
    const file =
      'services: {a: {image: x, env_file: [one.env, two.env], environment: {SERVICE: of service}}}\n';
    const dot = 'DOT=of .env\n';
    const read = await compose.environmentOf(file, {
      '.env': dot,
      'one.env': first,
      'two.env': second,
    });
    const project = envValues(dot, lookup);
    const service = new Map([['SERVICE', 'of service']]);
    const before = (name: string) => lookup(name) ?? project.get(name) ?? service.get(name);
    const earlier = envValues(first, before);
    const later = envValues(second, before, { earlier });
    expect(Object.fromEntries([...earlier, ...later, ...service])).toEqual(read);
    expect(read).toMatchObject({
      A: 'second',
      B: 'of service',
      C: 'of .env',
      D: 'first',
      E: 'value',
      F: 'of service',
      DOT: 'of .env',
    });
  });
});
