import { isUtf8 } from 'node:buffer';
import type { IConfigMap, IKeyToPath } from 'kubernetes-models/v1';
import type { Labels } from './labels.ts';
import { dataKey } from './names.ts';

/** A file that a ConfigMap holds. */
export interface MapFile {
  /** Path below the mount. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly mode?: number | undefined;
}

/** Most bytes of the values of one ConfigMap (Kubernetes API, ConfigMap). */
export const maxMapBytes = 1024 * 1024;

/** Makes a ConfigMap of plain values. */
export function valuesMap(
  name: string,
  labels: Labels,
  data: Readonly<Record<string, string>>,
): IConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { ...data } };
}

/** Makes a ConfigMap of files, and the list that gives them their paths again. */
export function filesMap(
  name: string,
  labels: Labels,
  files: readonly MapFile[],
): { map: IConfigMap; items: IKeyToPath[] } {
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  const items = files.map(({ path, bytes, mode }): IKeyToPath => {
    const key = dataKey(path);
    if (isUtf8(bytes)) data[key] = bytes.toString('utf8');
    else binaryData[key] = bytes.toString('base64');
    return { key, path, ...(mode === undefined ? {} : { mode }) };
  });
  const map: IConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  };
  return { map, items };
}
