/**
 * Returns a command that writes the body of a page, whatever its status, for a network reached only from inside.
 * With `json` it sends a POST. It uses Node.js, since a bare machine has no curl.
 */
export function fetchCommand(url: string, json?: object): string[] {
  return [
    process.execPath,
    '-e',
    program,
    url,
    ...(json === undefined ? [] : [JSON.stringify(json)]),
  ];
}

const program = `
const [url, body] = process.argv.slice(1);
const post = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body };
fetch(url, { signal: AbortSignal.timeout(5000), ...post })
  .then((response) => response.text())
  .then(console.log, (error) => {
    console.error(String(error.cause ?? error));
    process.exitCode = 1;
  });
`;
