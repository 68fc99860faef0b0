// Loaded into each worker of jest by scripts/test. Gives each a set of engines of its own (lane_dir in scripts/test), so
// that suites run side by side: what one restarts, kills or fills, and the names and ports that it takes, are in its set.
const { BUNDLE_ENGINES_DIR: first = '', JEST_WORKER_ID: lane = '1' } = process.env;
if (lane !== '1') {
  for (const name of ['BUNDLE_ENGINES_DIR', 'DOCKER_HOST', 'DOCKER_CONFIG']) {
    const value = process.env[name];
    if (value !== undefined) process.env[name] = value.replace(first, `${first}-${lane}`);
  }
}
