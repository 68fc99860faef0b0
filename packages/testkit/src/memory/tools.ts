import type { ComposeLifecycle, ComposeTool, Engine, Runtime } from '@bundle/engine';
import { memoryCompose } from './compose.ts';
import { memoryRuntime } from './containers.ts';
import { memoryEngine } from './images.ts';
import type { MemoryWorld } from './world.ts';

/** Makes an engine and its Compose plugin purely of data; it passes the contract tests of the real ones. */
export function memoryTools(world: MemoryWorld): {
  readonly engine: Engine;
  readonly runtime: Runtime;
  readonly compose: ComposeTool & ComposeLifecycle;
} {
  return {
    engine: memoryEngine(world),
    runtime: memoryRuntime(world),
    compose: memoryCompose(world),
  };
}
