// Loaded only where an instance runs as a stack. Loading the package's index instead would load all of it.
export { withStacks } from '@bundle/operate';
