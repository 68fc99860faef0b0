const secondsIn: Readonly<Record<string, number>> = {
  ...{ ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3 },
  ...{ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 },
};

/** Parses a duration of Compose, such as `1m30s` or `500ms`, into seconds; undefined for anything else. */
export function durationSeconds(text: string): number | undefined {
  const plain = text.trim();
  if (/^\d+$/.test(plain)) return Number(plain) / 1e9;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(plain)) return undefined;
  const parts = plain.matchAll(/([\d.]+)(ns|us|µs|ms|[smhdw])/g);
  return [...parts].reduce((sum, [, number, unit = '']) => {
    return sum + Number(number) * (secondsIn[unit] ?? Number.NaN);
  }, 0);
}

/** Parses a size of Compose, such as `512m` or `2gb`, into bytes; units are powers of 1024. */
export function sizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  return Math.round(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

/** Writes bytes as a quantity of Kubernetes: `512Mi`. */
export function byteQuantity(bytes: number): string {
  const units = ['Gi', 'Mi', 'Ki'];
  for (const [index, unit] of units.entries()) {
    const size = 1024 ** (units.length - index);
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Writes processors as a quantity of Kubernetes: `500m`, `2`. */
export function cpuQuantity(cpus: number): string {
  const milli = Math.max(1, Math.round(cpus * 1000));
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}
