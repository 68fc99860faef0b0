import { defined } from '@bundle/format';
import { usesNetwork } from '@bundle/recipe';

/** Package managers whose packages a bundle can carry. */
export const ecosystems = ['apt', 'npm', 'pip'] as const;
export type Ecosystem = (typeof ecosystems)[number];

const commands: Readonly<Record<Ecosystem, RegExp>> = {
  apt: /(?<![\w./-])(?:apt|apt-get)\s/,
  npm: /(?<![\w./-])(?:npm|pnpm|yarn)(?:\s|$)/,
  pip: /(?<![\w.-])(?:pip[\d.]*|uv\s+pip)\s[^|;&]*\b(?:install|sync|download|wheel)\b/,
};

/** Something in a RUN that carried packages do not replace. */
export interface OtherFetch {
  /** As it is typed, such as `poetry`. */
  readonly command: string;
  /** Package manager whose packages it installs as well. */
  readonly instead?: Ecosystem;
  readonly advice: string;
}

const requirements = (command: string): string =>
  `write a requirements file (\`${command}\`) and install it with pip`;
const ownRun = 'put it into a RUN of its own';

/** Ways to fetch that no carried package can replace, and what to write instead. */
const others: readonly (readonly [RegExp, string, Ecosystem?])[] = [
  [/(?<![\w.-])(poetry)\s/, requirements('poetry export'), 'pip'],
  [/(?<![\w.-])(uv\s+(?:sync|add|lock|run|tool))\b/, requirements('uv export'), 'pip'],
  [/(?<![\w.-])(pipenv)\s/, requirements('pipenv requirements'), 'pip'],
  [/(?<![\w.-])(pdm)\s/, requirements('pdm export'), 'pip'],
  [/(?<![\w.-])(corepack)\s/, 'install yarn or pnpm with `npm install -g`, in a RUN of its own'],
  [/\b(curl|wget)\s/, ownRun],
  [/\b(git\s+(?:clone|fetch|pull|submodule))\b/, ownRun],
  [/\b(apk|dnf|microdnf|yum|zypper|tdnf|go|cargo|gem|composer|dotnet|conda|mamba|bun)\s/, ownRun],
];

/** Lists the package managers that fetch in the text of a RUN. */
export function ecosystemsOf(text: string): Ecosystem[] {
  if (!usesNetwork(text)) return [];
  return ecosystems.filter((ecosystem) => commands[ecosystem].test(text));
}

/** Finds a way in which a RUN also fetches that carried packages do not replace. */
export function otherFetch(text: string): OtherFetch | undefined {
  // Such words are often names of packages.
  const withoutPackages = text.replaceAll(/\b(install|add)\b[^|;&]*/g, '$1 ');
  for (const [pattern, advice, instead] of others) {
    const [, command] = pattern.exec(withoutPackages) ?? [];
    if (command === undefined) continue;
    return { command: command.replaceAll(/\s+/g, ' '), advice, ...defined({ instead }) };
  }
  return undefined;
}

/** Tells whether a RUN that changed can run with packages of these managers and without a network. */
export function isServedBy(text: string, carried: Partial<Record<Ecosystem, unknown>>): boolean {
  const used = ecosystemsOf(text);
  const isCarried = used.length > 0 && used.every((one) => carried[one] !== undefined);
  return isCarried && otherFetch(text) === undefined;
}
