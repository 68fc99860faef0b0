const node = 'it is a setting of each node, not of a pod';
const other = 'Kubernetes has nothing of the kind for a pod';
const marks = 'only Docker and its tools read it';
const hardware =
  'the cluster needs a device plugin, whose resource then goes into resources.limits';
/** The manifests say the same already, or it has no meaning once the images exist. */
const settled = '';

/** Keys of a service that are not converted, and why; an empty reason is not worth naming. */
export const unmappedKeys: ReadonlyMap<string, string> = new Map([
  ...['image', 'build', 'pull_policy', 'platform', 'develop', 'attach'].map(
    (key) => [key, settled] as const,
  ),
  ...['labels', 'label_file', 'annotations', 'external_links'].map((key) => [key, marks] as const),
  ...[
    ...['blkio_config', 'cgroup', 'cgroup_parent', 'cpu_count', 'cpu_percent', 'cpu_period'],
    ...['cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime', 'cpu_shares', 'cpuset', 'isolation'],
    ...['logging', 'memswap_limit', 'mem_swappiness', 'oom_kill_disable', 'oom_score_adj'],
    ...['pids_limit', 'runtime', 'storage_opt', 'ulimits', 'userns_mode', 'uts'],
  ].map((key) => [key, node] as const),
  ...['devices', 'device_cgroup_rules', 'gpus'].map((key) => [key, hardware] as const),
  ...[
    ...['credential_spec', 'dns', 'domainname', 'init', 'mac_address', 'models', 'post_start'],
    ...['pre_stop', 'provider', 'stop_signal', 'use_api_socket', 'volumes_from'],
  ].map((key) => [key, other] as const),
]);
