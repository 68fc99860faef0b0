/** The fields of a resolved Compose service that tell whether it may end. */
interface EndingService {
  readonly ports?: readonly unknown[] | null | undefined;
  readonly depends_on?:
    | Readonly<Record<string, { readonly condition?: string | null | undefined }>>
    | null
    | undefined;
}

/**
 * Tells whether the containers of a service may end: true if another service waits for that, false if it publishes
 * ports; undefined if the project does not say.
 */
export function mayEnd(
  services: Readonly<Record<string, EndingService>>,
  name: string,
): boolean | undefined {
  const isAwaited = Object.values(services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
  );
  if (isAwaited) return true;
  return (services[name]?.ports ?? []).length > 0 ? false : undefined;
}
