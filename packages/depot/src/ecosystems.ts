import { usesNetwork } from '@bundle/recipe';

/** Package managers whose packages a bundle can carry. */
export const ecosystems = ['apt', 'npm', 'pip'] as const;
export type Ecosystem = (typeof ecosystems)[number];

const commands: Readonly<Record<Ecosystem, RegExp>> = {
  apt: /(?<![\w./-])(?:apt|apt-get)\s/,
  npm: /(?<![\w./-])(?:npm|pnpm|yarn)(?:\s|$)/,
  pip: /(?<![\w.-])(?:pip[\d.]*|uv)\s[^|;&]*\b(?:install|sync|download|wheel|add)\b/,
};

/** Downloads that no carried package can replace. */
const others =
  /\b(?:curl|wget)\s|\bgit\s+(?:clone|fetch|pull|submodule)\b|\b(?:apk|dnf|yum|zypper|go|cargo|gem|composer|dotnet|conda|poetry)\s/;

/** Lists the package managers that fetch in the text of a RUN. */
export function ecosystemsOf(text: string): Ecosystem[] {
  if (!usesNetwork(text)) return [];
  return ecosystems.filter((ecosystem) => commands[ecosystem].test(text));
}

/** Tells whether a RUN also fetches in a way that carried packages do not replace. */
export function fetchesOtherwise(text: string): boolean {
  const withoutPackages = text.replaceAll(/\b(?:install|add)\b[^|;&]*/g, (words) =>
    /^\S+\s*$/.test(words) ? words : 'install ',
  );
  return others.test(withoutPackages);
}
