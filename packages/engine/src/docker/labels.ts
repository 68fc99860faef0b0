/** Labels of containers and volumes: those that Compose sets, and that of this command. */
export const labels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  oneOff: 'com.docker.compose.oneoff',
  workingDir: 'com.docker.compose.project.working_dir',
  configHash: 'com.docker.compose.config-hash',
  /** Set on containers that the command makes for its own work; its value is the project. */
  helper: 'bundle.helper',
} as const;
