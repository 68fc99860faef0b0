/**
 * Returns the systemd unit of an engine at its usual socket; undefined for another place. `user` is the ID of the user
 * whose service manager has the unit, absent for that of the system.
 */
export function engineUnitAt(dockerHost: string, user: number | undefined): string | undefined {
  const folder = user === undefined ? '(?:/var)?/run' : `/run/user/${user}`;
  const [, kind] =
    new RegExp(`^unix://${folder}/(docker|podman/podman)\\.sock$`).exec(dockerHost) ?? [];
  // podman has no service that runs all the time: its socket starts it.
  return kind === undefined ? undefined : kind === 'docker' ? 'docker.service' : 'podman.socket';
}
