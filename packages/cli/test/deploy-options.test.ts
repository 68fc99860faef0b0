import { bundle } from './run-bundle.ts';

test('a file of hosts that does not exist is answered with what it should be', async () => {
  const { code, stderr } = await bundle(['deploy', 'shop.tar', '--hosts', '/none/hosts.yaml']);
  expect(code).toBe(45);
  expect(stderr).toContain('expected: a file of hosts: our own form, or an inventory of Ansible');
});

test.each([
  [['swarm', '--hosts', '/none/hosts.yaml'], '--hosts'],
  [['swarm', 'shop.tar', '--hosts', '/none/hosts.yaml'], '--hosts'],
  [['shop.tar', '--hosts', '/none/hosts.yaml', '--registry', 'a:5000'], '--registry'],
  [['swarm', '--parallel', '3'], '--parallel'],
])('deploy %j is refused before a file is read', async (words, option) => {
  const { code, stderr } = await bundle(['deploy', ...words]);
  expect(stderr).toContain(option);
  expect(stderr).not.toContain('no such file');
  expect(code).toBe(2);
});
