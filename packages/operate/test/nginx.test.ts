import type { ProjectContainer, Runtime } from '@bundle/engine';
import { drainNginx, findNginx, type Nginx, reloadNginx } from '../src/nginx/nginx.ts';

const container = {
  id: 'proxy',
  state: 'running',
  command: ['nginx'],
} as unknown as ProjectContainer;

/**
 * A runtime whose nginx is in these states at successive looks; the last one stays. A real nginx passes through the
 * middle ones in 100 ms.
 */
function nginxThat(...looks: readonly string[]) {
  const left = [...looks];
  const exec = async (_id: string, [, , script = '']: readonly string[]) => {
    if (script.includes('kill -HUP')) return { exitCode: 0, output: '' };
    const output = left.length > 1 ? left.shift() : left[0];
    return { exitCode: 0, output: output ?? '' };
  };
  return { runtime: { exec } as unknown as Runtime, left };
}

const found = async (runtime: Runtime): Promise<Nginx> => {
  const nginx = await findNginx(runtime, container);
  if (nginx === undefined) throw new Error('no nginx');
  return nginx;
};

const before = 'master 1\nworker 7\n';
const both = 'master 1\nworker 7\nworker 8\n';
const closing = 'master 1\nclosing\nworker 8\n';
const after = 'master 1\nworker 8\n';

test('nginx is reloaded once the previous workers accept no more connections, and drained once they are gone', async () => {
  const { runtime, left } = nginxThat(before, before, both, both, closing, closing, after);
  const nginx = await found(runtime);
  expect(await reloadNginx(runtime, nginx)).toBe(true);
  expect(left).toEqual([closing, after]);
  await drainNginx(runtime, nginx);
  expect(left).toEqual([after]);
});

test('an nginx that rejects its configuration is not reloaded', async () => {
  const { runtime } = nginxThat(before);
  expect(await reloadNginx(runtime, await found(runtime))).toBe(false);
}, 10_000);
