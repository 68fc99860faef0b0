import { type Feature, isAtLeast } from '@bundle/compose';
import type { EngineInfo } from '@bundle/engine';
import { type Check, checkOf } from './check.ts';
import { device, gpu } from './devices.ts';
import { ipv6File, kernelModule, networkInterface, sysctlFile } from './kernel.ts';
import { capability, lowPorts, right } from './rights.ts';
import { type FeatureFacts, type HostFeatures, missing, type Verdict } from './verdict.ts';

/** Checks GPUs, devices, drivers, the kernel and what else not every host has. */
export function featuresCheck(facts: FeatureFacts): Check {
  const name = 'features';
  const { engine, needs, host } = facts;
  const asked = engine.runsContainers ? needs.features : [];
  const verdicts = [
    ...asked.flatMap((feature) => verdictOf(feature, engine, host) ?? []),
    ...lowPorts(facts),
  ];
  if (verdicts.length === 0) {
    const found =
      asked.length === 0 ? 'no GPU, device, runtime or driver is needed' : 'all are available';
    return { name, result: 'pass', found };
  }
  const isMissing = verdicts.some(({ kind }) => kind === 'missing');
  const shown = isMissing ? verdicts.filter(({ kind }) => kind === 'missing') : verdicts;
  return checkOf(
    name,
    isMissing ? 'fail' : 'warn',
    shown.map(({ found, hint }) => ({ found, hint })),
  );
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
    case 'capability':
      return capability(of, detail, host);
    case 'right':
      return right(of, detail, engine);
    case 'open-files':
      return host?.openFiles !== undefined && Number(detail) > host.openFiles
        ? missing(
            `${of} may open ${detail} files, and this kernel allows ${host.openFiles}`,
            `Raise its limit: sysctl -w fs.nr_open=${detail}.`,
          )
        : undefined;
    case 'engine-version':
      return newer(of, detail, engine);
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
      return networkDriver(of, detail, engine);
    case 'volume-driver':
      return listed(`the volume ${of} wants the driver ${detail}`, detail, engine.drivers?.volume);
    case 'interface':
      return networkInterface(of, detail, host);
    case 'ipv6':
      return host?.missing.has(ipv6File)
        ? missing(
            `the network ${of} has IPv6, which is off on this host`,
            'Turn it on (the kernel was started with ipv6.disable=1), or remove enable_ipv6 from the Compose file.',
          )
        : undefined;
    case 'module':
      return kernelModule(of, detail, host);
  }
}

/** Keys of the Compose specification, with what they belong to and the first Docker that knows them. */
const since: Readonly<Record<string, readonly [what: string, version: string]>> = {
  start_interval: ['a health check with start_interval', '25'],
  mac_address: ['a mac_address in a network', '25'],
  subpath: ['a volume with a subpath', '26'],
  'type: image': ['a mount of an image', '28'],
  gw_priority: ['a network with gw_priority', '28'],
  interface_name: ['a network with interface_name', '28.1'],
};

function newer(service: string, key: string, { version }: EngineInfo): Verdict | undefined {
  const [what = key, least = '0'] = since[key] ?? [];
  if (isAtLeast(version, least)) return undefined;
  return missing(
    `${service} has ${what}, which Docker ${version} does not know`,
    `Update Docker to ${least} or later, or remove ${key} from the Compose file.`,
  );
}

function networkDriver(
  network: string,
  driver: string,
  { drivers, isInSwarm }: EngineInfo,
): Verdict | undefined {
  if (['default', 'none'].includes(driver)) return undefined;
  const words = `the network ${network} wants the driver ${driver}`;
  if (driver === 'overlay' && isInSwarm === false) {
    return missing(
      `${words}, and the engine is not in a swarm`,
      'Make one: docker swarm init; or choose the driver bridge in the Compose file.',
    );
  }
  return listed(words, driver, drivers?.network);
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
