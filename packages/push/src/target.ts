import { BundleError, parseReference } from '@bundle/format';

/** Where the images of a bundle go. */
export interface PushTarget {
  /** `registry.example:5000`, `docker.io`. */
  readonly registry: string;
  /** First segments of every repository, without slashes at its ends; empty for none. */
  readonly prefix: string;
}

/** Parses `REGISTRY[/PREFIX]`. Fails with `usage`. */
export function parseTarget(text: string): PushTarget {
  const [, registry = '', prefix = ''] = /^([^/]+)(?:\/(.*?))?\/*$/.exec(text) ?? [];
  const name = `${registry}/${prefix === '' ? '' : `${prefix}/`}image`;
  // Without a dot or a port, engines would take the registry for a part of a name on Docker Hub.
  const isRegistry = /[.:]/.test(registry) || registry === 'localhost';
  if (isRegistry && parseReference(name)?.name.startsWith(`${registry}/`))
    return { registry, prefix };
  throw new BundleError('usage', {
    operation: 'reading the registry',
    subject: text,
    expected: 'REGISTRY or REGISTRY/PREFIX in lower case, such as registry.example:5000/shop',
    hint: 'For a registry on this host, give its port: localhost:5000. An IPv6 address has brackets: [fd00::1]:5000.',
  });
}
