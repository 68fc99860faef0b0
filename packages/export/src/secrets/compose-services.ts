import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';

const composeSchema = z.looseObject({ services: z.record(z.string(), z.unknown()) });

/** Returns a function that tells in which service's section a line of a Compose file is. */
export function servicesByLine(text: string, file: string): (line: number) => string | undefined {
  const { value, lineOf } = parseYamlDocument(text, file);
  const parsed = composeSchema.safeParse(value);
  const sections = Object.entries(parsed.data ?? {}).filter(([key]) => key !== 'services');
  const services = Object.keys(parsed.data?.services ?? {});
  const starts = [
    ...services.map((service) => ({ service, line: lineOf(['services', service]) ?? 0 })),
    ...sections.map(([key]) => ({ service: undefined, line: lineOf([key]) ?? 0 })),
  ].sort((a, b) => b.line - a.line);
  return (line) => starts.find((start) => start.line <= line)?.service;
}
