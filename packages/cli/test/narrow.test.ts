import { createProgram } from '../src/program.ts';
import { speak, translated } from '../src/shared/text/text.ts';

afterEach(() => speak('en'));

const squeezed = (text: string): string => text.replace(/\s+/g, '');

test.each(['en', 'zh'] as const)(
  'at 20 columns the help in %s loses no option and no word',
  async (language) => {
    await speak(language);
    const nowhere = { out: () => undefined, err: () => undefined, width: 20 };
    const program = await createProgram(() => undefined, nowhere);
    for (const command of [program, ...program.commands]) {
      let help = '';
      command.configureOutput({ writeOut: (part) => (help += part) });
      command.outputHelp();
      const shown = squeezed(help);
      for (const { flags, description, hidden } of command.options) {
        if (hidden) continue;
        expect(shown).toContain(squeezed(flags));
        expect(shown).toContain(squeezed(translated(description)));
      }
    }
  },
);
