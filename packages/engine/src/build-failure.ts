const maxLines = 40;

/**
 * Returns the part of BuildKit's plain output that tells why a build failed: the failed step with the end of its output,
 * its place in the Dockerfile, and the reason. Undefined for other output.
 */
export function buildFailure(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const start = lines.findLastIndex((line) => /^ > .*:$/.test(line));
  if (start < 0) return undefined;
  const words = lines.slice(start).filter((line) => line !== '' && !/^-+$/.test(line));
  return words
    .slice(0, maxLines)
    .map((line) => line.replace(/^ > /, ''))
    .join('\n');
}

/** Returns the step of a Dockerfile that a line of BuildKit's plain output begins; undefined for other lines. */
export function beginningStep(line: string): string | undefined {
  const [, step] = /^#\d+ (\[(?!internal\]).*\] .*)$/.exec(line) ?? [];
  return step;
}
