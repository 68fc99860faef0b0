import { flagValues, type Stage } from './dockerfile.ts';
import type { Source } from './read-source.ts';
import { stepKeys } from './steps.ts';
import { readWord, type Variables } from './variables.ts';

/** Says, with the line, what a build does that no captured cache can repeat without a network; undefined if nothing. */
export function findObstacle(
  { dockerfile, stages, files, contextFiles }: Source,
  buildArgs: Variables,
): string | undefined {
  const { globals } = dockerfile;
  const steps = stepKeys({ stages, globals, buildArgs, files, contextFiles, chains: {} });
  for (const stage of stages) {
    const base = stage.base.kind === 'stage' ? dockerfile.stages[stage.base.index] : undefined;
    if (base?.instructions.some(({ keyword }) => keyword === 'ONBUILD'))
      return triggered(stage, base.name);
    for (const instruction of stage.instructions) {
      const { keyword, line } = instruction;
      if (!/^(?:ADD|COPY|WORKDIR)$/.test(keyword)) continue;
      const [words = ''] = instruction.arguments.split('\n');
      if (readWord(words, {}) === undefined)
        return `line ${line} has a variable in a form that is not known: ${words.trim()}`;
      if (keyword !== 'ADD') continue;
      const isChecked = flagValues(instruction, 'checksum').some((value) => value !== '');
      const step = steps.find((one) => one.line === line && one.stage === stage.name);
      const url = step?.sources.find((word) => isFetched(word, isChecked));
      if (url !== undefined)
        return `line ${line} fetches ${shown(url)} at each build: add --checksum=sha256:…, a whole commit for git, or put it into the context`;
    }
  }
  return undefined;
}

/** Says that a stage runs the instructions that its base keeps for others. */
export function triggered({ line }: Pick<Stage, 'line'>, base: string): string {
  return `line ${line} runs the ONBUILD instructions of ${base}: write them into the stage itself`;
}

/** Tells whether BuildKit asks a server for a source each time; a whole commit never changes. */
function isFetched(source: string, isChecked: boolean): boolean {
  const isHttp = /^https?:\/\//i.test(source);
  const isGit = isHttp
    ? /^[^?#]*\.git(?:$|[?#])/.test(source)
    : /^(?:git|ssh):\/\/|^[\w.-]+@[\w.-]+:/.test(source);
  return isGit ? !/#[0-9a-f]{40}(?:$|:)/.test(source) : isHttp && !isChecked;
}

/** Returns a URL without credentials. */
function shown(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//').replace(/[?].*/s, '');
}
