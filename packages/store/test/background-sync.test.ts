import { setImmediate as turn } from 'node:timers/promises';
import { backgroundSync } from '../src/background-sync.ts';

test('after a sync has failed, the file is not synced again, and the next write is refused', async () => {
  let count = 0;
  const syncs = backgroundSync({
    async sync() {
      count += 1;
      throw new Error('EIO');
    },
  });
  syncs.check();
  syncs.request();
  await turn();
  syncs.request();
  await turn();
  expect(count).toBe(1);
  expect(syncs.check).toThrow('EIO');
  await expect(syncs.end()).rejects.toThrow('EIO');
});
