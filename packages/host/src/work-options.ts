export type { WorkOptions } from '@bundle/format';
