import { defineCommand } from '../../command.ts';
import { addInstanceOptions, instanceOptions } from '../../shared/options/host.ts';

export const releasesCommand = defineCommand({
  name: 'releases',
  summary: 'list the releases on this host',
  description:
    'Lists the releases of an application on this host: when each was imported and last started, whether its volumes were copied first, and which one is running. Needs no engine.',
  setUp: addInstanceOptions,
  options: instanceOptions,
  examples: [
    ['bundle releases', 'the versions for `bundle up VERSION` and `bundle rollback VERSION`'],
    ['bundle releases --json', 'for a script'],
  ],
  exitCodes: ['input-unreadable', 'manifest-invalid', 'schema-newer', 'release-not-found'],
  phase: 'reading the releases',
  run: async (context, _, options) => {
    const { runReleases } = await import('./run.ts');
    return runReleases(context, options);
  },
});
