import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createComposeTool } from '../src/compose-cli.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-compose-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a command to a PATH of its own, for what a real plugin does not do on demand. */
async function command(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

const request = { files: ['/srv/compose.yaml'], profiles: ['*'] };
const tool = () => createComposeTool({ env: { PATH: `${folder}:/usr/bin:/bin` } });

describe('which command is used', () => {
  test('none: there is no version, and everything else says so', async () => {
    const none = createComposeTool({ env: { PATH: folder } });
    expect(await none.version()).toBeUndefined();
    await expect(none.config(request, { interpolate: true })).rejects.toMatchObject({
      code: 'compose-plugin-missing',
    });
  });

  test('the plugin', async () => {
    await command('docker', 'echo 2.40.3');
    expect(await tool().version()).toBe('2.40.3');
  });

  test('docker-compose, if docker has no plugin', async () => {
    await command('docker', 'exit 1');
    await command('docker-compose', 'echo 2.26.1');
    expect(await tool().version()).toBe('2.26.1');
  });

  test('docker-compose version 1 does not count', async () => {
    await command('docker', 'exit 1');
    await command('docker-compose', 'echo 1.29.2');
    expect(await tool().version()).toBeUndefined();
  });
});

test('a failure quotes the plugin, without its warnings', async () => {
  await command(
    'docker',
    'case "$*" in *--short*) echo 2.40.3 ;; *) echo "level=warning msg=x" >&2; echo "services.a is wrong" >&2; exit 15 ;; esac',
  );
  await expect(tool().config(request, { interpolate: true })).rejects.toMatchObject({
    code: 'compose-invalid',
    details: { found: 'services.a is wrong' },
  });
});

test('a failed start shows the reason, and not the progress before it', async () => {
  await command(
    'docker',
    `case "$*" in *--short*) echo 2.40.3 ;; *) printf '%s\\n' ' Network shop_default  Creating' ' Container shop-web-1  Created' ' Container shop-db-1  Error' 'Error response from daemon: no such device' >&2; exit 1 ;; esac`,
  );
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  await expect(tool().start(request, onLine, new AbortController().signal)).rejects.toMatchObject({
    code: 'start-failed',
    details: {
      found: ' Container shop-db-1  Error\nError response from daemon: no such device',
    },
  });
  expect(lines).toHaveLength(4);
});

test('a failed build shows its steps and the end of its output', async () => {
  await command(
    'docker',
    'case "$*" in *--short*) echo 2.40.3 ;; *) echo "#5 [web 1/2] RUN make"; seq 100; echo "no such base" >&2; exit 1 ;; esac',
  );
  const steps: string[] = [];
  const { signal } = new AbortController();
  await expect(
    tool().build(request, ['a'], (step) => steps.push(step), signal),
  ).rejects.toMatchObject({
    code: 'image-build-failed',
    details: { subject: 'a', found: expect.stringMatching(/100\n.*no such base$|no such base/s) },
  });
  expect(steps).toEqual(['[web 1/2] RUN make']);
});

test('a stopped build is reported as interrupted', async () => {
  await command(
    'docker',
    'case "$*" in *--short*) echo 2.40.3 ;; *) echo "#5 [web 1/2] RUN make"; exec sleep 60 ;; esac',
  );
  const stop = new AbortController();
  await expect(tool().build(request, ['a'], () => stop.abort(), stop.signal)).rejects.toMatchObject(
    {
      code: 'interrupted',
    },
  );
});

test('lines of logs come without the sequences that erase and colour them', async () => {
  await command(
    'docker',
    String.raw`[ "$2" = version ] && echo 2.26.1 || printf '\033[2Kweb-1  | \033[32mok\033[0m\n'`,
  );
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  await tool().logs(request, [], {}, onLine, new AbortController().signal);
  expect(lines).toEqual(['web-1  | ok']);
});
