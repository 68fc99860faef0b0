import { isRemote, referencesOf } from '../src/references.ts';

it.each([
  ['https://github.com/acme/app.git', true],
  ['git@github.com:acme/app', true],
  ['github.com/acme/app', true],
  ['ssh://host/app', true],
  ['oci://registry/app:1', true],
  ['../app.git#main', true],
  ['./compose.db.yaml', false],
  ['/srv/shared/compose.yaml', false],
  ['git/compose.yaml', false],
])('%s is remote: %s', (target, expected) => {
  expect(isRemote(target)).toBe(expected);
});

it('finds included and extended files, and services of a provider or with a model, with the place', () => {
  const document = {
    include: ['a.yaml', { path: ['b.yaml', 'c.yaml'] }],
    services: {
      web: { extends: { file: 'd.yaml', service: 'base' } },
      api: { extends: { service: 'web' } },
      model: { provider: { type: 'model' } },
      chat: { image: 'chat', models: ['llm'] },
    },
  };
  expect(referencesOf(document)).toEqual([
    { kind: 'include', target: 'a.yaml', path: ['include', 0] },
    { kind: 'include', target: 'b.yaml', path: ['include', 1] },
    { kind: 'include', target: 'c.yaml', path: ['include', 1] },
    { kind: 'extends', target: 'd.yaml', path: ['services', 'web', 'extends'] },
    { kind: 'provider', target: 'model', path: ['services', 'model', 'provider'] },
    { kind: 'model', target: 'chat', path: ['services', 'chat', 'models'] },
  ]);
});
