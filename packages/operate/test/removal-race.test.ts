import type { Engine } from '@bundle/engine';
import { type BundleImage, digestOf } from '@bundle/format';
import { instanceOf, noteImages, readImageNotes, removalsDone } from '@bundle/host';
import { MemoryWorld, memoryTools } from '@bundle/testkit';
import { removeStill } from '../src/remove.ts';

// Two state folders on one engine share no lock. Their calls to the engine may come in any order.

const reference = 'shop:1';
const imageId = digestOf(Buffer.from('{}'));
const image: BundleImage = {
  reference,
  imageId,
  services: ['web'],
  topDigest: imageId,
  manifestDigest: imageId,
  platform: { os: 'linux', architecture: 'amd64' },
  layers: [],
};
const signal = new AbortController().signal;

type Side = 'import' | 'removal';

/** Lets two sides take turns at an engine, in a given order; a side that does not ask for a turn is passed over. */
class Turns {
  readonly #waiting = new Map<Side, () => void>();
  readonly #order: Side[];
  #running = 2;

  constructor(order: readonly Side[]) {
    this.#order = [...order];
  }

  engineOf(side: Side, engine: Engine): Engine {
    const inTurn =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        await new Promise<void>((resolve) => this.#waiting.set(side, resolve));
        return call(...args);
      };
    const { inspectImage, untagImage, listNotes, writeNote, removeNote } = engine;
    return {
      ...engine,
      inspectImage: inTurn(inspectImage),
      untagImage: inTurn(untagImage),
      listNotes: inTurn(listNotes),
      writeNote: inTurn(writeNote),
      removeNote: inTurn(removeNote),
    };
  }

  async run(...sides: readonly Promise<unknown>[]): Promise<void> {
    for (const side of sides) side.finally(() => this.#running--).catch(() => undefined);
    while (this.#running > 0) {
      for (let tick = 0; tick < 5; tick += 1) await new Promise(setImmediate);
      const [wanted = 'removal'] = this.#order;
      const side = this.#waiting.has(wanted) ? wanted : [...this.#waiting.keys()][0];
      if (side === undefined) continue;
      if (side === wanted) this.#order.shift();
      const go = this.#waiting.get(side);
      this.#waiting.delete(side);
      go?.();
    }
    await Promise.all(sides);
  }
}

/** Lists all orders of the calls that both sides make. */
function orders(imports: number, removals: number): Side[][] {
  if (imports === 0 || removals === 0) {
    return [[...Array(imports).fill('import'), ...Array(removals).fill('removal')]];
  }
  return [
    ...orders(imports - 1, removals).map((rest): Side[] => ['import', ...rest]),
    ...orders(imports, removals - 1).map((rest): Side[] => ['removal', ...rest]),
  ];
}

test('an import never ends with an image that a removal by another state folder takes, in any order of their calls', async () => {
  const outcomes = new Set<string>();
  for (const order of orders(5, 4)) {
    const world = new MemoryWorld();
    world.data = {
      ...world.data,
      names: { [reference]: imageId },
      images: { [imageId]: { config: Buffer.from('{}'), layers: [] } },
    };
    const inspected = async () =>
      world.data.names[reference] === undefined
        ? undefined
        : {
            ...{ id: imageId, references: [reference], platform: image.platform },
            created: '',
            diffIds: [],
            size: 0,
          };
    const engine = { ...memoryTools(world).engine, inspectImage: inspected };
    const instance = instanceOf('/second', 'shop');
    const release = { instance, name: '1-aabbccddeeff', manifest: { images: [image] } };
    const turns = new Turns(order);
    const importing = async (own: Engine): Promise<boolean> => {
      await noteImages(own, release);
      await removalsDone(own, [reference], signal);
      return (await own.inspectImage(reference)) !== undefined;
    };
    const removing = (own: Engine): Promise<unknown> =>
      removeStill(own, { images: [reference] }, async () => {
        const isNeeded = (await readImageNotes(own)).length > 0;
        return { images: isNeeded ? [] : [reference], kept: [] };
      });
    const sees = importing(turns.engineOf('import', engine));
    await turns.run(sees, removing(turns.engineOf('removal', engine)));
    const isThere = world.data.names[reference] !== undefined;
    // What is missing is loaded again.
    expect({ order: order.join(' '), isLost: (await sees) && !isThere }).toMatchObject({
      isLost: false,
    });
    outcomes.add(isThere ? 'kept' : 'removed before');
  }
  expect([...outcomes].sort()).toEqual(['kept', 'removed before']);
});
