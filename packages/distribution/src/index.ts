export * from './client.ts';
export type * from './connection.ts';
export * from './hosts.ts';
export * from './settings.ts';
