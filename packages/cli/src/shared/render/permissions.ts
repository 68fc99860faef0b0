// Loaded on demand: it reads YAML, which a repeated import does not need.
export { permissionText } from '@bundle/compose';
