import { type Feature, isAtLeast } from '@bundle/compose';
import type { EngineInfo } from '@bundle/engine';
import type { Check } from './check.ts';

/** Features of the engine's machine that an application needs. */
export interface HostFeatures {
  /** Required devices and kernel settings that do not exist. */
  readonly missing: ReadonlySet<string>;
  /** Names of the AppArmor profiles of the kernel; absent if it uses none, or does not show them. */
  readonly apparmor?: ReadonlySet<string>;
  /** Whether the program exists that lets containers use NVIDIA GPUs. */
  readonly hasNvidia: boolean;
}

export interface FeatureFacts {
  readonly engine: EngineInfo;
  readonly needs: { readonly features: readonly Feature[] };
  /** Absent where the engine is on another machine. */
  readonly host?: HostFeatures;
}

/** `missing`: the start would fail. `unknown`: this machine cannot tell. */
interface Verdict {
  readonly kind: 'missing' | 'unknown';
  readonly words: string;
  readonly hint: string;
}

/** Checks GPUs, devices, runtimes, drivers and kernel settings, which not every host has. */
export function featuresCheck({ engine, needs, host }: FeatureFacts): Check {
  const name = 'features';
  const asked = engine.runsContainers ? needs.features : [];
  const verdicts = asked.flatMap((feature) => verdictOf(feature, engine, host) ?? []);
  if (verdicts.length === 0) {
    const found =
      asked.length === 0 ? 'no GPU, device, runtime or driver is needed' : 'all are available';
    return { name, result: 'pass', found };
  }
  const isMissing = verdicts.some(({ kind }) => kind === 'missing');
  const shown = isMissing ? verdicts.filter(({ kind }) => kind === 'missing') : verdicts;
  const texts = (of: 'words' | 'hint'): string[] => [...new Set(shown.map((one) => one[of]))];
  return {
    name,
    result: isMissing ? 'fail' : 'warn',
    found: texts('words').join('; '),
    hint: texts('hint').join(' '),
  };
}

function verdictOf(
  { of, kind, detail }: Feature,
  engine: EngineInfo,
  host: HostFeatures | undefined,
): Verdict | undefined {
  switch (kind) {
    case 'gpu':
      return gpu(of, detail, engine, host);
    case 'device':
      return device(of, detail, engine, host);
    case 'sysctl':
      return host?.missing.has(sysctlFile(detail))
        ? missing(
            `${of} sets ${detail}, which this kernel does not have`,
            'Use a kernel that has it.',
          )
        : undefined;
    case 'apparmor':
      // An engine ignores profiles where the kernel uses none.
      return host?.apparmor?.has(detail) === false
        ? missing(
            `${of} wants the AppArmor profile ${detail}, which is not loaded`,
            'Load it: apparmor_parser -r FILE.',
          )
        : undefined;
    case 'start-interval':
      return isAtLeast(engine.version, '25')
        ? undefined
        : missing(
            `${of} has a health check with start_interval, which Docker ${engine.version} does not know`,
            'Update Docker to 25 or later, or remove start_interval from the Compose file.',
          );
    case 'runtime':
      // Runtimes of containerd need not be listed.
      return detail.startsWith('io.containerd.') || detail.startsWith('/')
        ? undefined
        : listed(`${of} wants the runtime ${detail}`, detail, engine.runtimes);
    case 'log-driver':
      return detail === 'none'
        ? undefined
        : listed(`${of} wants the logging driver ${detail}`, detail, engine.drivers?.log);
    case 'network-driver':
      return ['default', 'none'].includes(detail)
        ? undefined
        : listed(`the network ${of} wants the driver ${detail}`, detail, engine.drivers?.network);
    case 'volume-driver':
      return listed(`the volume ${of} wants the driver ${detail}`, detail, engine.drivers?.volume);
  }
}

const gpuHint =
  'Install the driver of the GPU and the NVIDIA Container Toolkit, then restart Docker; or choose a profile or a Compose file without a GPU.';

function gpu(
  service: string,
  driver: string,
  { runtimes = [], devices }: EngineInfo,
  host: HostFeatures | undefined,
): Verdict | undefined {
  const vendors = driver === '' ? ['nvidia', 'amd'] : [driver];
  const isKnown = vendors.some(
    (vendor) =>
      runtimes.includes(vendor) || devices?.some((id) => id.startsWith(`${vendor}.com/gpu`)),
  );
  const hasProgram = vendors.includes('nvidia') && host?.hasNvidia === true;
  // GPUs of other drivers cannot be checked.
  if (isKnown || hasProgram || !['', 'nvidia', 'amd'].includes(driver)) return undefined;
  const words = `${service} wants a GPU${driver && ` of ${driver}`}`;
  return host === undefined
    ? { kind: 'unknown', words: `${words}; the engine is on another machine`, hint: gpuHint }
    : missing(`${words}, and the engine has none`, gpuHint);
}

function device(
  service: string,
  detail: string,
  { devices }: EngineInfo,
  host: HostFeatures | undefined,
): Verdict | undefined {
  const words = `${service} uses the device ${detail}`;
  const hint = 'Connect the device, or load its driver.';
  if (!detail.startsWith('/')) {
    const isThere = devices === undefined || devices.includes(detail);
    return isThere ? undefined : missing(`${words}, which the engine does not know`, hint);
  }
  if (host === undefined) {
    return { kind: 'unknown', words: `${words} of the engine’s machine`, hint };
  }
  return host.missing.has(detail) ? missing(`${words}, which is not there`, hint) : undefined;
}

/** Checks whether the engine lists a name; a plugin's name may lack its tag. */
function listed(
  words: string,
  name: string,
  there: readonly string[] | undefined,
): Verdict | undefined {
  if (there === undefined || there.some((one) => one === name || one === `${name}:latest`)) {
    return undefined;
  }
  const hint = 'Install and configure what is missing, or choose another one in the Compose file.';
  return missing(`${words}; the engine has ${there.join(', ') || 'none'}`, hint);
}

function missing(words: string, hint: string): Verdict {
  return { kind: 'missing', words, hint };
}

/** Returns where the kernel shows a setting; those of an interface of a container are those that every interface has. */
export function sysctlFile(name: string): string {
  const general = name
    .replace(/\.conf\.(?!all\.|default\.).+\./, '.conf.all.')
    .replace(/\.neigh\.(?!default\.).+\./, '.neigh.default.');
  return `/proc/sys/${general.replaceAll('.', '/')}`;
}
