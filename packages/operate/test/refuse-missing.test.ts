import { plannedProject, refuseMissing } from '../src/index.ts';

const stacks = { files: async (kind: string) => new Set(kind === 'secrets' ? ['there'] : []) };

async function check(secrets: string, more = ''): Promise<void> {
  const text = `services: { web: { image: a, secrets: [key], ${more} } }\nsecrets: ${secrets}\n`;
  const project = plannedProject(text, () => undefined);
  if (project === undefined) throw new Error(`not a Compose file: ${text}`);
  await refuseMissing(stacks, project, 'shop');
}

test('an external secret that the swarm does not have is named before anything changes', async () => {
  await check('{ key: { external: true, name: there } }');
  await expect(check('{ key: { external: true, name: far } }')).rejects.toMatchObject({
    code: 'config-check-failed',
    details: { expected: 'secret far' },
  });
  await expect(check('{ key: { external: true } }')).rejects.toThrow('secret key');
});

test('only those count that a service uses, and a secret with a file comes with the release', async () => {
  await check('{ key: { file: ./key }, idle: { external: true } }');
});
