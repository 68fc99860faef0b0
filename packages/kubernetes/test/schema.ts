import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as statefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as job } from 'kubernetes-models/_schemas/IoK8sApiBatchV1Job';
import { validate as configMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as claim } from 'kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as ingress } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1Ingress';
import { z } from 'zod';

/** The published schemas of Kubernetes, by kind. */
const schemas: Readonly<Record<string, { (data: unknown): boolean; errors?: unknown }>> = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  Job: job,
  ConfigMap: configMap,
  PersistentVolumeClaim: claim,
  Service: service,
  Ingress: ingress,
};

const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const named = z.object({ name: z.string() });
const object = z.object({ kind: z.string(), metadata: named });
const pod = z.object({
  containers: z.array(
    z.object({
      name: z.string().regex(label),
      image: z.string().regex(/@sha256:[0-9a-f]{64}$/),
      env: z.array(named).default([]),
      envFrom: z.array(z.object({ configMapRef: named })).default([]),
      ports: z.array(z.object({ containerPort: z.number(), protocol: z.string() })).default([]),
      volumeMounts: z
        .array(
          named.extend({
            mountPath: z.string().regex(/^[^:]+$/),
            subPath: z
              .string()
              .regex(/^(?!\/)(?!.*\.\.)/)
              .optional(),
          }),
        )
        .default([]),
    }),
  ),
  volumes: z
    .array(
      named.extend({
        configMap: named
          .extend({ items: z.array(z.object({ key: z.string(), path: z.string() })).optional() })
          .optional(),
        persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
      }),
    )
    .default([]),
});
const workload = z.object({ spec: z.object({ template: z.object({ spec: pod }) }) });
const map = z.object({
  data: z.record(z.string().regex(/^[-._A-Za-z0-9]{1,253}$/), z.string()).default({}),
  binaryData: z.record(z.string().regex(/^[-._A-Za-z0-9]{1,253}$/), z.string()).default({}),
});

function doubles(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

/** Lists what a cluster would refuse: by the schemas, and by the rules of the API that no schema has. */
export function problemsOf(objects: readonly object[], outside: readonly string[] = []): string[] {
  const all = objects.map((one) => object.parse(one));
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const has = (name: string): boolean => names.includes(name) || outside.includes(name);
  return [
    ...doubles(names).map((name) => `twice: ${name}`),
    ...objects.flatMap((one, index) => {
      const { kind, metadata } = object.parse(one);
      const name = names[index] ?? '';
      const validate = schemas[kind];
      if (validate === undefined) return [`${name}: unknown kind`];
      if (!validate(one)) return [`${name}: ${JSON.stringify(validate.errors)}`];
      if (kind === 'ConfigMap') map.parse(one);
      const wrong = label.test(metadata.name) ? [] : [`${name}: no DNS label`];
      if (!['Deployment', 'StatefulSet', 'Job'].includes(kind)) return wrong;
      const spec = workload.parse(one).spec.template.spec;
      return [...wrong, ...podProblems(spec, has).map((problem) => `${name}: ${problem}`)];
    }),
  ];
}

function podProblems(
  { containers, volumes }: z.output<typeof pod>,
  has: (name: string) => boolean,
): string[] {
  const mounted = new Set(volumes.map(({ name }) => name));
  return [
    ...doubles(volumes.map(({ name }) => name)).map((name) => `volume ${name} twice`),
    ...containers.flatMap(({ env, envFrom, volumeMounts, ports }) => [
      ...doubles(env.map(({ name }) => name)).map((name) => `variable ${name} twice`),
      ...doubles(volumeMounts.map(({ mountPath }) => mountPath)).map((path) => `${path} twice`),
      ...doubles(ports.map((port) => JSON.stringify(port))).map((port) => `port ${port} twice`),
      ...volumeMounts.flatMap(({ name }) => (mounted.has(name) ? [] : [`no volume ${name}`])),
      ...envFrom.flatMap(({ configMapRef: { name } }) =>
        has(`ConfigMap ${name}`) ? [] : [`no ConfigMap ${name}`],
      ),
    ]),
    ...volumes.flatMap(({ configMap }) =>
      configMap === undefined || configMap.items === undefined || has(`ConfigMap ${configMap.name}`)
        ? []
        : [`no ConfigMap ${configMap.name}`],
    ),
  ];
}
