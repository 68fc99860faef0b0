// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { variablesOf } from '@bundle/compose';
import { ownFolders } from '../src/application/own-folders.ts';

const values: Record<string, string> = {
  ROOT: '/home/me/shop',
  CONF: '/home/me/shop/conf/',
  SHOWN: '/home/me/shop',
  OTHER: '/srv/media',
  RELATIVE: 'conf',
};
const document = {
  services: {
    web: {
      environment: { SHOWN: '${SHOWN}' },
      volumes: [
        '${ROOT}/a:/a',
        '${CONF}:/b',
        '${SHOWN}/c:/c',
        '${OTHER}:/d',
        '${RELATIVE}:/e',
        { type: 'bind', source: '${ROOT}', target: '/f' },
      ],
    },
  },
};
const pathOf = (path: string) =>
  path.startsWith('/home/me/shop') ? path.slice('/home/me/shop/'.length) : undefined;

test('what leads to folders of the project here leads to those of the release there, where only mounts use it', () => {
  const found = ownFolders(variablesOf(document), (name) => values[name], pathOf);
  expect([...found]).toEqual([
    ['ROOT', '.'],
    ['CONF', './conf'],
  ]);
});
