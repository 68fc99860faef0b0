import { limits } from '@bundle/format';
import { invalidCompose } from './invalid-compose.ts';
import { type PublishedPort, publishedPorts } from './published-ports.ts';
import type { ComposeService } from './service.ts';

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
  services: Iterable<readonly [string, Pick<ComposeService, 'ports'>]>,
  file: string,
): PublishedPort[] {
  const all: PublishedPort[] = [];
  for (const [name, { ports }] of services) {
    for (const port of ports ?? []) {
      for (const one of publishedPorts(name, port)) all.push(one);
      if (all.length > limits.maxPublishedPorts)
        throw invalidCompose(file, `more than ${limits.maxPublishedPorts} published ports`);
    }
  }
  return all;
}
