import { limits } from '@bundle/format';
import { invalidCompose } from './invalid-compose.ts';
import { type PublishedPort, publishedPorts } from './published-ports.ts';
import { type ComposeService, containersOf } from './service.ts';

/** Refuses a Compose document with more services than any application has. Fails with `compose-invalid`. */
export function checkServices(document: unknown, file: string): void {
  if (typeof document !== 'object' || document === null || !('services' in document)) return;
  const { services } = document;
  if (typeof services !== 'object' || services === null) return;
  const count = Object.keys(services).length;
  if (count > limits.maxServices)
    throw invalidCompose(file, `${count} services; ${limits.maxServices} are the most`);
}

/** Lists the host ports of services. Fails with `compose-invalid` where they are too many to look at each. */
export function allPublishedPorts(
  services: Iterable<readonly [string, Pick<ComposeService, 'ports' | 'scale' | 'deploy'>]>,
  file: string,
): PublishedPort[] {
  const all: PublishedPort[] = [];
  for (const [name, service] of services) {
    const containers = containersOf(service);
    for (const port of service.ports ?? []) {
      for (const one of publishedPorts(name, port, containers)) all.push(one);
      if (all.length > limits.maxPublishedPorts)
        throw invalidCompose(file, `more than ${limits.maxPublishedPorts} published ports`);
    }
  }
  return all;
}
