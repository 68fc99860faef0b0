import { defineCommand } from '../../command.ts';
import { addInstanceOptions, instanceOptions } from '../../shared/options/host.ts';

export const releasesCommand = defineCommand({
  name: 'releases',
  summary: 'the releases on this host, and when they ran',
  description:
    'Lists the releases of an application that are on this host: when they were imported and last started, whether volumes were copied before, which one runs. Needs no engine.',
  setUp: addInstanceOptions,
  options: instanceOptions,
  examples: [
    ['bundle releases', 'what `bundle up VERSION` and `bundle rollback VERSION` can go to'],
    ['bundle releases --json', 'for a script'],
  ],
  exitCodes: ['input-unreadable', 'manifest-invalid', 'schema-newer', 'release-not-found'],
  run: async (context, _, options) => {
    const { runReleases } = await import('./run.ts');
    return runReleases(context, options);
  },
});
