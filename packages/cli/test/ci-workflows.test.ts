import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { parseYamlDocument } from '@bundle/format/yaml';
import { makeLayout, makeSshKey, sshPath } from '@bundle/testkit';
import { z } from 'zod';

// Runs the shell steps of the workflows in manifests/ci as the runners of GitHub and GitLab do, in a small project.

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const github = z.object({
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.object({ run: z.string().optional() })) }),
  ),
});
const job = z.object({ script: z.array(z.string()) });
const gitlab = z.object({ validate: job, release: job });

let work: string;
let env: Record<string, string>;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'ci-'));
  await makeLayout(join(work, 'images'), [{ reference: 'app:1', layers: [{ text: 'app' }] }]);
  await mkdir(join(work, 'bin'));
  const main = join(root, 'packages/cli/bin/bundle.cjs');
  await writeFile(join(work, 'bin/bundle'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  await chmod(join(work, 'bin/bundle'), 0o755);
  await mkdir(join(work, 'project/manifests'), { recursive: true });
  await writeFile(
    join(work, 'project/compose.yml'),
    'name: app\nservices: { app: { image: "app:1" } }\n',
  );
  await writeFile(
    join(work, 'project/manifests/app.yaml'),
    'schemaVersion: 1\ncompose: ../compose.yml\n',
  );
  const key = await makeSshKey(work, 'ed25519');
  await cp(`${key}.pub`, join(work, 'project/release-key.pub'));
  env = {
    PATH: [join(work, 'bin'), sshPath].join(delimiter),
    HOME: work,
    TMPDIR: work,
    BUNDLE_ENGINE: `oci:${join(work, 'images')}`,
    BUNDLE_LAYER_CACHE: 'off',
    SIGNING_KEY: (await readFile(key, 'utf8')).trimEnd(),
    BUNDLE_SIGNING_KEY: key,
    VERSION: 'v1.2.0',
    CI_COMMIT_TAG: 'v1.2.0',
  };
});
afterEach(() => rm(work, { recursive: true }));

const inProject = (script: string) =>
  run('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: join(work, 'project'), env });

async function workflow(name: 'github' | 'gitlab'): Promise<{ validate: string; release: string }> {
  const file = name === 'github' ? 'github-actions.yml' : 'gitlab-ci.yml';
  const text = await readFile(join(root, 'manifests/ci', file), 'utf8');
  const document = parseYamlDocument(text, file).value;
  if (name === 'gitlab') {
    const { validate, release } = gitlab.parse(document);
    return { validate: validate.script.join('\n'), release: release.script.join('\n') };
  }
  const { jobs } = github.parse(document);
  const scriptOf = (name: string) =>
    (jobs[name]?.steps ?? []).map((step) => step.run ?? '').join('\n');
  return { validate: scriptOf('validate'), release: scriptOf('release') };
}

test.each(['github', 'gitlab'] as const)(
  'the workflow for %s validates, and packs a signed release on a tag',
  async (name) => {
    const { validate, release } = await workflow(name);
    await inProject(validate);
    const { stdout } = await inProject(release);
    expect(stdout).toMatch(/OK app\.tar: app 1\.2\.0, /);
    expect(stdout).toMatch(/signed by .*release/i);
    // The private key has not stayed.
    const left = await run('find', [work, '-path', '*/release', '-o', '-name', 'signers']);
    expect(left.stdout).toBe('');

    await writeFile(join(work, 'project/manifests/bad.yaml'), 'schemaVersion: 1\nfile: x\n');
    await expect(inProject(validate)).rejects.toMatchObject({ code: 12 });
  },
);
