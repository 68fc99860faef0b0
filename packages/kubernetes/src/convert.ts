import { isActive, profileNames, profilesVariable } from '@bundle/compose';
import { BundleError, type BundleImage, paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import type { IConfigMap, IContainer, IPodSpec } from 'kubernetes-models/v1';
import type { Application, ConvertOptions } from './application.ts';
import { assignedOf } from './assigned.ts';
import { Claims } from './claims.ts';
import { commandOf } from './command.ts';
import { valuesMap } from './config-maps.ts';
import { type Context, type KubernetesObject, labelOf } from './context.ts';
import { readDefinitions } from './definitions.ts';
import { ContainerEnvironment } from './environment.ts';
import { Findings, type Unmapped } from './findings.ts';
import { networkFindings, serviceFindings } from './general-findings.ts';
import { labelsOf } from './labels.ts';
import { PodMounts } from './mounts.ts';
import { dnsLabel, shortHash, uniqueLabels } from './names.ts';
import { networkObjects } from './network-objects.ts';
import { containerSettings, podSettings } from './pod.ts';
import { portsOf, type ServicePort } from './ports.ts';
import { readinessProbe } from './probe.ts';
import { interpolated, withPlaces } from './read-document.ts';
import { readServices } from './read-services.ts';
import { resourcesOf } from './resources.ts';
import { type SecretKey, SecretKeys } from './secret-keys.ts';
import { containerSecurity } from './security.ts';
import type { Service } from './service-schema.ts';
import { markedLookup } from './variables.ts';
import { type WorkloadKind, workloadOf } from './workload.ts';

/** The manifests of an application, and what they lack. */
export interface Conversion {
  readonly objects: readonly KubernetesObject[];
  /** The Secret that the operator creates; absent where no secret is needed. */
  readonly secret?: { readonly name: string; readonly keys: readonly SecretKey[] };
  readonly unmapped: readonly Unmapped[];
}

/**
 * Makes Kubernetes manifests of a packed application, from its Compose file. No value of a secret gets into them. Fails
 * with `compose-invalid` for a Compose file that cannot be read, and with `usage` for an Ingress of an unknown service.
 */
export async function convertApplication(
  application: Application,
  options: ConvertOptions,
): Promise<Conversion> {
  const findings = new Findings();
  const compose = readCompose(application);
  const lookup = markedLookup(compose, application.example, options.values);
  const document = withPlaces(
    interpolated(compose, lookup, findings),
    application.offline,
    paths.composeOffline,
  );
  const { manifest } = application;
  const all = readServices(document, findings);
  const services = new Map(chosen(all, application, options, lookup, findings));
  const labels = uniqueLabels([...services.keys()]);
  const definitions = readDefinitions(document);
  const context: Context = {
    ...{ application, options, definitions, lookup, findings, labels },
    claims: new Claims(options.volumeSize, options.storageClass),
    secrets: new SecretKeys(dnsLabel(`${manifest.product}-secrets`)),
    maps: new Map(),
    jobs: jobsOf(services),
    ports: new Map(),
  };
  const workloads: KubernetesObject[] = [];
  for (const [name, service] of services) {
    workloads.push(...(await serviceObjects(name, service, context)));
  }
  networkFindings(services.values(), definitions, findings);
  const network = networkObjects(services, context);
  for (const { name, services: users } of context.claims.shared()) {
    findings.changed(
      ['volumes', name],
      `${users.join(', ')} share a claim that one node at a time can have`,
    );
  }
  const objects = [
    ...context.maps.values(),
    ...context.claims.objects(labelsOf(manifest)),
    ...workloads,
    ...network,
  ];
  const keys = context.secrets.sorted();
  return {
    objects,
    ...(keys.length > 0 ? { secret: { name: context.secrets.name, keys } } : {}),
    unmapped: findings.sorted(),
  };
}

function readCompose({ compose }: Application): unknown {
  const { value, findings } = parseYamlDocument(compose, paths.compose);
  const [finding] = findings;
  if (finding === undefined) return value;
  throw new BundleError('compose-invalid', {
    operation: 'reading the Compose file',
    subject: paths.compose,
    expected: 'a Compose file',
    found: `line ${finding.line ?? '?'}: ${finding.message}`,
  });
}

/** Leaves out services that Compose would not start, and those without an image. */
function chosen(
  all: ReadonlyMap<string, Service>,
  application: Application,
  { profiles }: ConvertOptions,
  lookup: (name: string) => string | undefined,
  findings: Findings,
): [string, Service][] {
  const wanted = [...profileNames(lookup(profilesVariable)), ...profiles];
  return [...all].filter(([name, service]) => {
    const path = ['services', name];
    if (!isActive(service, wanted)) {
      findings.notMapped([...path, 'profiles'], 'it is left out: choose a profile with --profile');
      return false;
    }
    if (imageOf(name, application) !== undefined) return true;
    findings.notMapped([...path, 'image'], 'the bundle has no image for it');
    return false;
  });
}

function imageOf(name: string, { manifest }: Application): BundleImage | undefined {
  return manifest.images.find(({ services }) => services.includes(name));
}

function jobsOf(services: ReadonlyMap<string, Service>): Set<string> {
  const waited = [...services.values()].flatMap(({ depends_on }) =>
    Object.entries(depends_on ?? {}).flatMap(([name, { condition }]) =>
      condition === 'service_completed_successfully' ? [name] : [],
    ),
  );
  const declared = [...services].flatMap(([name, { deploy }]) =>
    deploy?.mode?.endsWith('-job') ? [name] : [],
  );
  return new Set([...waited, ...declared]);
}

async function serviceObjects(
  name: string,
  service: Service,
  context: Context,
): Promise<KubernetesObject[]> {
  const { application, options, findings, secrets, lookup, maps } = context;
  const { manifest } = application;
  const label = labelOf(name, context);
  if (label !== name) {
    findings.changed(
      ['services', name],
      `its name becomes ${label}: change it where others use it`,
    );
  }
  const image = imageOf(name, application);
  if (image === undefined) return [];
  const defaults = application.images.get(image.imageId);
  const assigned = await assignedOf(name, service, application, options, lookup, findings);
  const environment = new ContainerEnvironment(name, assigned, secrets, findings);
  const variable = (secret: string, place: string, named?: string): string =>
    environment.variable(secret, place, named);
  const mounts = new PodMounts(name, label, context);
  await mounts.add(service);
  const isJob = context.jobs.has(name);
  const kind: WorkloadKind = isJob ? 'Job' : mounts.hasClaim ? 'StatefulSet' : 'Deployment';
  serviceFindings(name, service, kind, findings);
  const ports = portsOf(name, service, defaults, findings);
  context.ports.set(name, ports);
  const command = commandOf(name, service, defaults, variable, findings);
  const probe = isJob
    ? undefined
    : readinessProbe(name, service.healthcheck, defaults?.healthcheck, variable, findings);
  const envMap = addValues(environment.plain, label, context);
  const env = environment.list();
  const security = containerSecurity(name, service, findings);
  const resources = resourcesOf(name, service, findings);
  const container: IContainer = {
    name: label,
    image: options.imageName(image),
    imagePullPolicy: 'IfNotPresent',
    ...command,
    ...(envMap === undefined ? {} : { envFrom: [{ configMapRef: { name: envMap } }] }),
    ...(env.length > 0 ? { env } : {}),
    ...containerPorts(ports),
    ...(probe === undefined ? {} : { readinessProbe: probe }),
    ...(resources === undefined ? {} : { resources }),
    ...(security === undefined ? {} : { securityContext: security }),
    ...(mounts.mounts.length > 0 ? { volumeMounts: mounts.mounts } : {}),
    ...containerSettings(service),
  };
  const again = /^(?:on-failure|always|unless-stopped)/.test(service.restart ?? '');
  const facts = {
    imageUser: defaults?.user ?? '',
    hasRootFiles: mounts.hasClaim || mounts.volumes.some(({ secret }) => secret !== undefined),
  };
  const pod: IPodSpec = {
    ...podSettings(name, service, manifest.platform, facts, findings),
    ...(isJob ? { restartPolicy: again ? 'OnFailure' : 'Never' } : {}),
    containers: [container],
    ...(mounts.volumes.length > 0 ? { volumes: mounts.volumes } : {}),
  };
  const replicas = service.deploy?.replicas ?? service.scale ?? 1;
  if (replicas > 1 && mounts.hasClaim) {
    findings.changed(['services', name, 'deploy', 'replicas'], 'all copies share their claims');
  }
  const used = [...mounts.volumes.flatMap(({ configMap }) => configMap?.name ?? []), envMap ?? ''];
  // Without the labels, which name the version.
  const configuration = JSON.stringify(
    used.map((one) => [maps.get(one)?.data, maps.get(one)?.binaryData]),
  );
  return [workloadOf({ kind, release: manifest, label, replicas, pod, configuration })];
}

function addValues(
  values: Readonly<Record<string, string>>,
  label: string,
  { maps, application }: Context,
): string | undefined {
  if (Object.keys(values).length === 0) return undefined;
  const plain = dnsLabel(`${label}-env`);
  const name = maps.has(plain) ? dnsLabel(`${plain}-${shortHash(label)}`) : plain;
  const map: IConfigMap = valuesMap(name, labelsOf(application.manifest, label), values);
  maps.set(name, map);
  return name;
}

function containerPorts(ports: readonly ServicePort[]): Pick<IContainer, 'ports'> {
  const distinct = new Map(
    ports.map(({ target, protocol }) => [
      `${target}/${protocol}`,
      { containerPort: target, protocol },
    ]),
  );
  return distinct.size === 0 ? {} : { ports: [...distinct.values()] };
}
