import type { InstanceState, Journal } from '@bundle/host';
import type { BringUpOptions, Tools, UpReport } from './types.ts';

export interface StepContext {
  readonly tools: Tools;
  readonly state: InstanceState;
  readonly options: BringUpOptions;
  readonly journal: Journal;
}

export type StepResult = Omit<UpReport, 'seconds' | 'plan'>;

/** Points of a start-first service during a start or a rollback. */
const beside = ['begin', 'ready', 'led', 'removed', 'end'].map((point) => `beside:${point}`);

/** Names of all points for `onPoint`: before and after the work of each step, and within some steps. */
export const points: readonly string[] = [
  ...(['prepare', 'back-up', 'restore', 'start', 'switch', 'undo'] as const).flatMap((step) => [
    `${step}:begin`,
    ...(step === 'switch' ? ['switch:linked'] : []),
    ...(step === 'undo' ? ['undo:restored', 'undo:started'] : []),
    `${step}:end`,
  ]),
  ...beside,
];
