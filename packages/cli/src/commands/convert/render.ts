import { shellWord } from '@bundle/format';
import type { Conversion, Unmapped } from '@bundle/kubernetes';
import { tableText } from '../../shared/render/table.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t, translated } from '../../shared/text/text.ts';

/** What is told of a conversion. */
export interface ConversionReport extends Conversion {
  readonly product: string;
  readonly version: string;
  readonly namespace: string | undefined;
}

/** Columns of a README, which is read in any editor. */
const readmeColumns = 100;

/** Describes the manifests on the terminal. */
export function convertedText(report: ConversionReport, output: string, colours: Colours): string {
  const { objects, product, version } = report;
  const release = `${product} ${version}`;
  const objectsText = t`${count(objects.length, 'object')} of ${release}`;
  return [
    `${colours.green(t`Wrote`)} ${visible(output)}: ${objectsText}`,
    ...sections(report, colours),
    '',
    t`Next`,
    ...commands(report, output).map((line) => `  ${line}`),
  ].join('\n');
}

/** Describes the manifests in the folder itself, for the operator of the cluster. */
export function folderText(report: ConversionReport): string {
  const { product, version } = report;
  const release = `${product} ${version}`;
  return [
    t`${release} for Kubernetes, made by \`bundle convert kubernetes\`.`,
    ...sections(report, { columns: readmeColumns }),
    '',
    t`Commands, in this folder`,
    ...commands(report, '.').map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function sections(report: ConversionReport, width: Pick<Colours, 'columns'>): string[] {
  const { secret, unmapped } = report;
  const of = (kind: Unmapped['kind']): Unmapped[] => unmapped.filter((one) => one.kind === kind);
  const keys = (secret?.keys ?? []).map(({ key, usedBy }) => [key, visible(usedBy.join('; '))]);
  return [
    ...(secret === undefined
      ? []
      : ['', t`Secret ${secret.name}, which you create:`, tableText(['KEY', 'FOR'], keys, width)]),
    ...findingLines(t`Not in the manifests:`, of('not-mapped'), width),
    ...findingLines(t`Not the same in Kubernetes:`, of('changed'), width),
  ];
}

function findingLines(
  title: string,
  found: readonly Unmapped[],
  width: Pick<Colours, 'columns'>,
): string[] {
  if (found.length === 0) return [];
  const rows = found.map(({ path, why }) => [visible(path), visible(translated(why))]);
  return ['', title, tableText(['FIELD', 'WHY'], rows, width)];
}

function commands({ secret, namespace }: ConversionReport, output: string): string[] {
  const within = namespace === undefined ? '' : ` -n ${namespace}`;
  const keys = (secret?.keys ?? []).map(({ key, isFile }) =>
    isFile ? `--from-file=${key}=FILE` : `--from-literal=${key}=VALUE`,
  );
  return [
    ...(namespace === undefined ? [] : [`kubectl create namespace ${namespace}`]),
    ...(secret === undefined
      ? []
      : [[`kubectl${within} create secret generic ${secret.name}`, ...keys].join(' \\\n    ')]),
    `kubectl apply --server-side -k ${shellWord(output)}`,
    `kubectl${within} get pods -l app.kubernetes.io/part-of`,
  ];
}
