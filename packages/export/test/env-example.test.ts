// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { envValues, exampleEntries, variablesOf } from '@bundle/compose';
import { envExampleText, missingLines } from '../src/application/env-example.ts';

const document = {
  services: {
    web: {
      image: 'web:${TAG:-1.0}',
      build: { context: '.', args: { D: '${DIGEST_OF:?set it}' } },
      environment: ['PASSED_ON', 'A=${KEY:?set a key}', 'B=${BARE}', 'C=${URL:-http://x/${BARE}}'],
      ports: ['${PORT:-8080}:80', '${ADMIN:-81}:81'],
    },
    api: { environment: { ALSO: null, D: '${ADMIN:-82}', E: '${DEBUG:+--verbose}', F: '$$NOT' } },
  },
};

describe('the env.example of a project that has none', () => {
  const input = {
    variables: variablesOf(document),
    furtherNames: ['PORT', 'FROM_DOTENV', 'SECRET_OF_DOTENV'],
    toFill: new Set(['ALSO', 'SECRET_OF_DOTENV']),
    folders: new Map(),
    profiles: [],
  };
  const text = envExampleText(input);
  const blocks = text.split('\n\n');

  it.each([
    ['a default is the value', 'PORT=8080'],
    ['a required variable is marked', '# required: set a key\nKEY='],
    ['one without default stays unset', '# empty when unset\n#BARE='],
    ['one that is passed on is there', '#PASSED_ON='],
    ['one that had a value is required', '# required: set on the source host\nALSO='],
    ['different defaults stay as they are', '# default: 81 or 82\n#ADMIN='],
    ['a default with variables is shown', '# default: http://x/${BARE}\n#URL='],
    ['an alternative is explained', '# when set, "--verbose" is used\n#DEBUG='],
    [
      'an image tag says that it has no effect',
      '# no effect from a bundle: it fixes what this chooses\nTAG=1.0',
    ],
    [
      'one that only an image uses has a value that Compose can read',
      '# no effect from a bundle: it fixes what this chooses\nDIGEST_OF=fixed-by-the-bundle',
    ],
    ['a name of .env that had a value', '# required: set on the source host\nSECRET_OF_DOTENV='],
    ['a name of .env that is an env file too', 'FROM_DOTENV='],
  ])('%s', (_name, expected) => {
    expect(blocks.some((block) => block.trimEnd().endsWith(expected))).toBe(true);
  });

  it('says where each is used, and has no escaped dollar', () => {
    expect(text).toContain('# used in services.web.ports[1], services.api.environment.D\n');
    expect(text).not.toContain('NOT');
  });

  it('keeps its lines short where a variable is used everywhere', () => {
    const names = Array.from({ length: 40 }, (_, index) => `service-${index}`);
    const services = Object.fromEntries(names.map((name) => [name, { command: '${EVERYWHERE}' }]));
    const variables = variablesOf({ services });
    const long = envExampleText({
      variables,
      furtherNames: [],
      toFill: new Set(),
      folders: new Map(),
      profiles: [],
    });
    expect(long).toContain('services.service-2.command and 37 more\n');
    expect(Math.max(...long.split('\n').map(({ length }) => length))).toBeLessThan(120);
  });

  it('is the same each time', () => {
    expect(envExampleText(input)).toBe(text);
  });
});

describe('what is added to the example of a project', () => {
  const own = `# Theirs.
PORT=80
# of the vault
KEY=
# required
BARE=
#PASSED_ON=
DIGEST_OF=
`;
  const toFill = ['KEY', 'BARE', 'PASSED_ON', 'ADMIN', 'ALSO'];
  const lines = missingLines(
    {
      variables: variablesOf(document),
      furtherNames: [],
      toFill: new Set(toFill),
      folders: new Map(),
      profiles: [],
    },
    exampleEntries(own),
  );
  const whole = `${own}${lines.join('\n')}\n`;

  it('names what it lacks, and what it has to have a value for', () => {
    expect(lines).toContain('TAG=1.0');
    expect(lines).toContain('DIGEST_OF=fixed-by-the-bundle');
    expect(lines.join('\n')).toContain('# required: set on the source host\n#KEY=');
    expect(lines.join('\n')).toContain('# required: set on the source host\n#PASSED_ON=');
    expect(lines).not.toContain('PORT=');
    expect(lines).not.toContain('#BARE=');
  });

  it('is read as required, and empties no line of theirs', () => {
    const required = [...exampleEntries(whole)].filter(([, { comments }]) =>
      comments.some((line) => line.startsWith('required')),
    );
    expect(required.map(([name]) => name).sort()).toEqual(toFill.toSorted());
    const filled = whole.replace('\nKEY=\n', '\nKEY=mine\n');
    expect(envValues(filled, () => undefined).get('KEY')).toBe('mine');
  });
});
