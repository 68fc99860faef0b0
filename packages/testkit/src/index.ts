export * from './bare-host.ts';
export * from './busybox.ts';
export * from './engines.ts';
export * from './image-archive.ts';
export * from './layout.ts';
export * from './packets.ts';
export * from './shells.ts';
export * from './snapshot.ts';
