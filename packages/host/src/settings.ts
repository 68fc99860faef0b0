export * from './settings/given.ts';
export * from './settings/plan.ts';
export * from './settings/setting.ts';
