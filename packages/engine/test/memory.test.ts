import {
  imageArchive,
  layerOf,
  loadImage,
  MemoryWorld,
  memoryTools,
  type Program,
} from '@bundle/testkit';
import { testEngine } from './contracts/engine-contract.ts';
import { testRuntime } from './contracts/runtime-contract.ts';

// Tests of operations run on this engine if there is no real one, so it has to behave like the real ones.

describe('an engine in memory', () => {
  testEngine(
    async () => memoryTools(new MemoryWorld()).engine,
    async () => undefined,
    { isHere: true },
  );
});

describe('a runtime in memory', () => {
  const image = 'runtime-contract:1';
  const program: Program = ({ service }) =>
    service === 'once'
      ? { exitCode: 3, output: ['was here'] }
      : { health: 'healthy', healthOutput: 'fine\n' };

  testRuntime(async () => {
    const tools = memoryTools(new MemoryWorld(program));
    await loadImage(tools.engine, imageArchive(image, [layerOf('base')]));
    return { ...tools, image };
  });
});
