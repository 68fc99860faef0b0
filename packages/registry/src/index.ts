export * from './answer.ts';
export * from './bundle-content.ts';
export * from './content.ts';
export * from './handler.ts';
export * from './repositories.ts';
export * from './repository-names.ts';
export * from './server.ts';
export * from './stored-content.ts';
