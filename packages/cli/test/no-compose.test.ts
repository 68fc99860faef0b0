import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

test('an export on a machine without Compose says that the bundle carries none', async () => {
  const work = await mkdtemp(join(tmpdir(), 'no-compose-'));
  try {
    await writeFile(
      join(work, 'compose.yml'),
      'name: shop\nservices: { app: { image: "app:1" } }\n',
    );
    // There is no executable for this platform, and none has to be built.
    const image = { reference: 'app:1', architecture: 'riscv64', layers: [{ text: 'app' }] };
    await makeLayout(join(work, 'layout'), [image]);
    const engine = ['--engine', `oci:${join(work, 'layout')}`, '--platform', 'linux/riscv64'];
    const args = ['export', '-o', join(work, 'shop'), '--no-progress', ...engine];
    const { code, stderr } = await bundle(args, { cwd: work, env: { PATH: '/nonexistent' } });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('warning: the bundle carries no Compose plugin'),
    });
  } finally {
    await rm(work, { recursive: true });
  }
});
