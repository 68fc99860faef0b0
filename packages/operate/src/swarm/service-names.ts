/** Returns the name that Swarm gives a service of a stack. */
export function fullName(stack: string, service: string): string {
  return `${stack}_${service}`;
}

/** Returns the name of a service in its Compose file. */
export function ownName(stack: string, fullName: string): string {
  return fullName.slice(stack.length + 1);
}
