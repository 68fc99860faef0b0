import { defaultsOf, isEmptyWhenUnset, isRequired, type Variable } from '@bundle/compose';
import { formatDocumentPath } from '@bundle/format';

/**
 * env.example for a project that has none: names and defaults out of the Compose files, never a value of `.env`.
 * `furtherNames` are those of a `.env` that a service reads as its env file.
 */
export function envExampleText(
  variables: readonly Variable[],
  furtherNames: readonly string[],
): string {
  const known = new Set(variables.map(({ name }) => name));
  const further = furtherNames.filter((name) => !known.has(name)).map((name) => `${name}=\n`);
  const blocks = [...variables.map(variableText), ...further];
  const head = '# Settings of the application. Copy this file to .env and change what you need.\n';
  return [head, ...blocks].join('\n');
}

function variableText(variable: Variable): string {
  const places = [...new Set(variable.places.map(({ path }) => formatDocumentPath(path)))];
  const comments = [`used in ${places.join(', ')}`, ...notes(variable)];
  return `${comments.map((comment) => `# ${oneLine(comment)}\n`).join('')}${assignment(variable)}\n`;
}

function notes(variable: Variable): string[] {
  const { places } = variable;
  const required = places.find(({ operator }) => operator.endsWith('?'));
  const alternative = places.find(({ operator }) => operator.endsWith('+'));
  const defaults = defaultsOf(variable);
  return [
    ...(required === undefined ? [] : [`required: ${required.argument || 'it has no default'}`]),
    ...(alternative === undefined ? [] : [`when set, "${alternative.argument}" is used`]),
    ...(defaults.length > 1 || !isPlain(defaults[0] ?? '')
      ? [`default: ${defaults.join(' or ')}`]
      : []),
    ...(isEmptyWhenUnset(variable) && !isRequired(variable) ? ['empty when unset'] : []),
    ...(places.every(({ path }) => isFixed(path))
      ? ['no effect from a bundle: its images are fixed when it is made']
      : []),
  ];
}

/** A commented line keeps the default of each place, and an unset variable unset. */
function assignment(variable: Variable): string {
  const defaults = defaultsOf(variable);
  if (isRequired(variable)) return `${variable.name}=`;
  const [only] = defaults;
  return defaults.length === 1 && only !== undefined && isPlain(only)
    ? `${variable.name}=${only}`
    : `#${variable.name}=`;
}

/** What every reader of env files takes as it stands, without quotes. */
function isPlain(text: string): boolean {
  return /^[\w./:@%+,-]*$/.test(text);
}

function isFixed([top, , key]: readonly PropertyKey[]): boolean {
  return top === 'services' && (key === 'image' || key === 'build');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
