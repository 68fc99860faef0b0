import type { EngineInfo } from '@bundle/engine';
import { type HostFeatures, missing, type Verdict } from './verdict.ts';

const gpuHint =
  'Install the driver of the GPU and the NVIDIA Container Toolkit, then restart Docker; or choose a profile or a Compose file without a GPU.';

/** Judges a GPU by the runtimes and devices of the engine, and the programs of the host. */
export function gpu(
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
    ? { kind: 'doubt', found: `${words}; the engine is on another machine`, hint: gpuHint }
    : missing(`${words}, and the engine has none`, gpuHint);
}

/** Judges a device by its path, or its name in the engine. */
export function device(
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
    return { kind: 'doubt', found: `${words} of the engine’s machine`, hint };
  }
  return host.missing.has(detail) ? missing(`${words}, which is not there`, hint) : undefined;
}
