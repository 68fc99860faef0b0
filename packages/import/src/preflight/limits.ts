import type { ComposeNeeds, LimitKey } from '@bundle/compose';
import type { EngineInfo } from '@bundle/engine';
import { megabytes } from '@bundle/format';
import { type Check, checkOf, type Thing } from './check.ts';

export interface LimitFacts {
  readonly needs: Pick<ComposeNeeds, 'limits'>;
  readonly engine: EngineInfo;
}

/** Checks limits of processors and memory against what the engine's machine has, and can enforce. */
export function limitsCheck({ needs: { limits }, engine }: LimitFacts): Check {
  const name = 'limits';
  const refused = limits.flatMap((one) => refusedLimits(one, engine));
  if (refused.length > 0) return checkOf(name, 'fail', refused);
  const doubts = [...ignoredLimits(limits, engine), ...overMemory(limits, engine)];
  if (doubts.length > 0) return checkOf(name, 'warn', doubts);
  const sum = memoryOf(limits);
  const found =
    engine.memoryBytes === undefined || sum === 0
      ? 'no service has a memory limit to compare'
      : sumText(sum, engine.memoryBytes);
  return { name, result: 'pass', found };
}

const lower = 'The engine refuses to start such a container: lower';

function refusedLimits(
  { service, cpus = 0, cpuset, keys }: ComposeNeeds['limits'][number],
  { cpus: there, unknownLimits }: EngineInfo,
): Thing[] {
  if (keys.includes('cpus') && unknownLimits?.includes('cpus')) {
    const found = `${service} limits its processors, which this engine cannot`;
    const hint = `${kernelHint('cpus')} Or remove \`cpus\` from the Compose file: the engine refuses it.`;
    return [{ found, hint }];
  }
  if (there === undefined) return [];
  const highest = Math.max(0, ...(cpuset?.match(/\d+/g) ?? []).map(Number));
  return [
    ...(cpus > there
      ? [
          {
            found: `${service} wants ${cpus} processors, there are ${there}`,
            hint: `${lower} \`cpus\` in the Compose file.`,
          },
        ]
      : []),
    ...(highest >= there
      ? [
          {
            found: `${service} wants the processors ${cpuset}, there are 0 to ${there - 1}`,
            hint: `${lower} \`cpuset\` in the Compose file.`,
          },
        ]
      : []),
  ];
}

const effects: Readonly<Record<LimitKey, string>> = {
  mem_limit: 'its memory is not limited',
  memswap_limit: 'its swap is not limited',
  mem_swappiness: 'mem_swappiness has no effect',
  oom_kill_disable: 'it can be killed when memory runs out',
  cpus: 'its processors are not limited',
  cpu_shares: 'its share of processors has no effect',
  cpuset: 'it runs on all processors',
  pids_limit: 'its processes are not limited',
};

/** Lists limits that the engine drops with nothing but a warning. */
function ignoredLimits(limits: ComposeNeeds['limits'], { unknownLimits }: EngineInfo): Thing[] {
  return limits.flatMap(({ service, keys }) =>
    keys
      .filter((key) => unknownLimits?.includes(key))
      .map((key) => ({
        found: `the engine ignores ${key} of ${service}: ${effects[key]}`,
        hint: kernelHint(key),
      })),
  );
}

function kernelHint(key: LimitKey): string {
  switch (key) {
    case 'mem_swappiness':
    case 'oom_kill_disable':
      return 'Version 2 of control groups has no such setting: remove it from the Compose file.';
    case 'memswap_limit':
      return 'If it matters: start the kernel with swapaccount=1.';
    case 'mem_limit':
      return 'If it matters: start the kernel with cgroup_enable=memory, or delegate that controller to a rootless engine.';
    default:
      return 'If it matters: mount the control groups on the host, or delegate their controllers to a rootless engine.';
  }
}

function overMemory(limits: ComposeNeeds['limits'], { memoryBytes }: EngineInfo): Thing[] {
  const sum = memoryOf(limits);
  if (memoryBytes === undefined || sum <= memoryBytes) return [];
  const hint =
    'If services use up their limits, some will be killed: lower the limits, or give the host more memory.';
  return [{ found: sumText(sum, memoryBytes), hint }];
}

function memoryOf(limits: ComposeNeeds['limits']): number {
  return limits.reduce((total, one) => total + (one.memoryBytes ?? 0), 0);
}

function sumText(sum: number, there: number): string {
  return `limits of ${megabytes(sum)} in total, ${megabytes(there)} of memory`;
}
