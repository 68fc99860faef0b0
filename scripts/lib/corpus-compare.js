// What of two runs of one application has to be equal, and what differs.

/** Differences of two values that JSON can hold, one line each. */
export function differences(here, there, path = '') {
  if (isObject(here) && isObject(there)) {
    const names = new Set([...Object.keys(here), ...Object.keys(there)]);
    return [...names].flatMap((name) => differences(here[name], there[name], `${path}.${name}`));
  }
  if (Array.isArray(here) && Array.isArray(there) && here.length === there.length) {
    return here.flatMap((value, index) => differences(value, there[index], `${path}[${index}]`));
  }
  if (JSON.stringify(here) === JSON.stringify(there)) return [];
  return [`${path.slice(1)}: ${JSON.stringify(here)} became ${JSON.stringify(there)}`];
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The resolved configuration without what a bundle changes on purpose: how images are made and pulled, their digests, and where
 * the application lies. `above` is the folder of the whole project, where that is not the one of the Compose file.
 */
export function comparableConfig(text, folder, above = folder) {
  const config = JSON.parse(
    text
      .replaceAll(folder, 'FOLDER')
      .replaceAll(above, 'FOLDER/_parent')
      // What is not packed is kept for all releases.
      .replaceAll('FOLDER/.mounts/', 'FOLDER/'),
  );
  for (const [name, service] of Object.entries(config.services ?? {})) {
    delete service.build;
    delete service.pull_policy;
    delete service.develop;
    // An image that is only built has the name that Compose gives it.
    const image = service.image ?? `${config.name}-${name}`;
    service.image = image.replace(/@sha256:[0-9a-f]{64}$/, '').replace(/:latest$/, '');
    for (const mount of service.volumes ?? []) {
      // Writing the default out is no difference.
      if (mount.type === 'bind' && mount.bind?.create_host_path === true)
        delete mount.bind.create_host_path;
      if (mount.bind && Object.keys(mount.bind).length === 0) delete mount.bind;
      if (mount.volume && Object.keys(mount.volume).length === 0) delete mount.volume;
    }
  }
  return config;
}

/** What containers said of themselves, one list of lines for each; `| ` begins the lines that count. */
export function comparableReport(logs) {
  const lines = logs.split('\n').map((line) => line.trimEnd());
  const start = lines.lastIndexOf('| report');
  const end = lines.lastIndexOf('| end');
  const misses = lines.filter((line) => line.startsWith('misses: '));
  const whole = start >= 0 && end > start;
  return { whole, misses: [...new Set(misses)], lines: whole ? lines.slice(start + 1, end) : [] };
}

/** Lines of one report that the other lacks, both ways. */
export function reportDifferences(here, there) {
  const of = (lines) => new Set(lines);
  const [a, b] = [of(here), of(there)];
  return [
    ...[...a].filter((line) => !b.has(line)).map((line) => `only online: ${line.slice(2)}`),
    ...[...b].filter((line) => !a.has(line)).map((line) => `only offline: ${line.slice(2)}`),
  ];
}
