// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { variablesOf } from '@bundle/compose';
import { envExampleText } from '../src/application/env-example.ts';

const document = {
  services: {
    web: {
      image: 'web:${TAG:-1.0}',
      environment: ['PASSED_ON', 'A=${KEY:?set a key}', 'B=${BARE}', 'C=${URL:-http://x/${BARE}}'],
      ports: ['${PORT:-8080}:80', '${ADMIN:-81}:81'],
    },
    api: { environment: { ALSO: null, D: '${ADMIN:-82}', E: '${DEBUG:+--verbose}', F: '$$NOT' } },
  },
};

describe('the env.example of a project that has none', () => {
  const text = envExampleText(variablesOf(document), ['PORT', 'FROM_DOTENV']);
  const blocks = text.split('\n\n');

  it.each([
    ['a default is the value', 'PORT=8080'],
    ['a required variable is marked', '# required: set a key\nKEY='],
    ['one without default stays unset', '# empty when unset\n#BARE='],
    ['one that is passed on is there', '#PASSED_ON='],
    ['also in the form of a mapping', '#ALSO='],
    ['different defaults stay as they are', '# default: 81 or 82\n#ADMIN='],
    ['a default with variables is shown', '# default: http://x/${BARE}\n#URL='],
    ['an alternative is explained', '# when set, "--verbose" is used\n#DEBUG='],
    [
      'an image tag says that it has no effect',
      '# no effect from a bundle: its images are fixed when it is made\nTAG=1.0',
    ],
    ['a name of .env that is an env file too', 'FROM_DOTENV='],
  ])('%s', (_name, expected) => {
    expect(blocks.some((block) => block.trimEnd().endsWith(expected))).toBe(true);
  });

  it('says where each is used, and has no escaped dollar', () => {
    expect(text).toContain('# used in services.web.ports[1], services.api.environment.D\n');
    expect(text).not.toContain('NOT');
  });

  it('is the same each time', () => {
    expect(envExampleText(variablesOf(document), ['PORT', 'FROM_DOTENV'])).toBe(text);
  });
});
