import { type Fields, fieldsOf, listOf, pick } from './documents.ts';

/** Converts the ports of a service. Swarm publishes on every address, so what Compose limits to one is not published. */
export function stackPorts(ports: unknown): { ports: Fields[]; dropped: string[] } {
  const converted: Fields[] = [];
  const dropped: string[] = [];
  for (const port of listOf(ports).map(fieldsOf)) {
    const { host_ip: address, published, target } = port;
    const isEvery =
      address === undefined || address === '' || address === '0.0.0.0' || address === '::';
    const text = String(published ?? '');
    if (!isEvery || (text !== '' && !/^\d+$/.test(text))) {
      dropped.push(`ports ${isEvery ? '' : `${String(address)}:`}${text}:${String(target)}`);
      continue;
    }
    converted.push({
      ...pick(port, ['target', 'protocol', 'mode']),
      ...(text === '' ? {} : { published: Number(text) }),
    });
  }
  return { ports: converted, dropped };
}
