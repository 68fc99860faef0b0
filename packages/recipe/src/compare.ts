import type { ContextEntry, Step } from './schema.ts';
import { select } from './select.ts';

/** The parts of a build, captured or current, that are compared. */
export interface StepSet {
  readonly steps: readonly Step[];
  readonly files: readonly ContextEntry[];
  readonly contextFiles: Readonly<Record<string, readonly ContextEntry[]>>;
}

/** A dependency step that has to run again. */
export interface Change {
  readonly step: Step;
  /** The reason, human-readable: "requirements.txt changed", "line 4 is another instruction". */
  readonly causes: readonly string[];
}

/** Finds the dependency steps of a build for which the capture has no result, each with the reason. */
export function changedDependencies(captured: StepSet, current: StepSet): Change[] {
  const known = new Set(captured.steps.map(({ key }) => key));
  const starts = new Set(captured.steps.flatMap(({ parents }) => parents));
  const byKey = new Map(current.steps.map((step) => [step.key, step]));
  const causesOf = (step: Step): string[] => {
    const missing = step.parents.filter((key) => !known.has(key));
    const before = missing.flatMap((key) => byKey.get(key) ?? []);
    if (before.length > 0) return before.flatMap(causesOf);
    // A parent that is not a step is a base image.
    if (missing.some((key) => !starts.has(key)))
      return [`the base image before line ${step.line} is not the one of the export`];
    return ownCauses(step, captured, current);
  };
  return current.steps
    .filter(({ dependency, key }) => dependency && !known.has(key))
    .map((step) => ({ step, causes: [...new Set(causesOf(step))] }));
}

/** Says why a step has another key although its parents were captured. */
function ownCauses(step: Step, captured: StepSet, current: StepSet): string[] {
  const before = captured.steps.find(
    ({ stage, text, parents }) =>
      stage === step.stage && text === step.text && parents.join() === step.parents.join(),
  );
  if (before === undefined) return [`line ${step.line} is a new or changed instruction`];
  const args = Object.keys({ ...before.args, ...step.args })
    .filter((name) => before.args[name] !== step.args[name])
    .map((name) => `the build argument ${name} changed`);
  const files = fileChanges(filesOf(before, captured), filesOf(step, current));
  const causes = [...args, ...files];
  return causes.length > 0 ? causes : [`a setting that line ${step.line} depends on changed`];
}

function filesOf(step: Step, set: StepSet): ContextEntry[] {
  if (step.sources.length === 0) return [];
  const entries = step.context === undefined ? set.files : (set.contextFiles[step.context] ?? []);
  return select(entries, step.sources);
}

function fileChanges(before: readonly ContextEntry[], after: readonly ContextEntry[]): string[] {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const now = new Map(after.map((entry) => [entry.path, entry]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const [one, other] = [old.get(path), now.get(path)];
    if (one === undefined) return [`${path} is new`];
    if (other === undefined) return [`${path} is gone`];
    if (one.type !== other.type || one.sha256 !== other.sha256 || one.target !== other.target)
      return [`${path} changed`];
    return one.mode === other.mode ? [] : [`the mode of ${path} changed`];
  });
}

/**
 * Finds entries that differ from the captured ones only in their mode. A FAT medium drops modes, which are part of
 * the key.
 */
export function modeChanges(
  captured: readonly ContextEntry[],
  current: readonly ContextEntry[],
): { path: string; captured: number; current: number }[] {
  const modes = new Map(captured.map(({ path, type, mode }) => [path, { type, mode }]));
  return current.flatMap(({ path, type, mode }) => {
    const before = modes.get(path);
    return before === undefined ||
      before.type !== type ||
      type === 'symlink' ||
      before.mode === mode
      ? []
      : [{ path, captured: before.mode, current: mode }];
  });
}
