import { ioError, readBytesIfThere, replaceFile } from '@bundle/files';
import { BundleError, type Digest, digestSchema, parseJson, reasonOf } from '@bundle/format';
import type { DeploymentPlaces } from '@bundle/host';
import { z } from 'zod';

const hostSchema = z.object({
  /** Release that ran before this deployment, `VERSION-DIGEST12`; null where none did. */
  before: z.string().nullable(),
  /** Whether the host had the application at all. */
  wasThere: z.boolean(),
  /**
   * `sending`: nothing runs differently yet. `starting`: the host may run either release. `deployed`, `returned`: it
   * runs the new one, the one from before.
   */
  state: z.enum(['sending', 'starting', 'deployed', 'returned']),
});

const journalSchema = z.object({
  kind: z.literal('bundle-deployment'),
  schemaVersion: z.literal(1),
  /** Part of the names of files on the hosts, so that two deployments never write to the same one. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  digest: digestSchema,
  release: z.string(),
  /** `going`: to be continued. `returning`: a host failed, and the others roll back. */
  state: z.enum(['going', 'returning', 'done', 'returned']),
  began: z.iso.datetime(),
  hosts: z.record(z.string(), hostSchema),
});

/** What a deployment has done on which host; kept on the deploying machine. */
export type DeploymentJournal = z.output<typeof journalSchema>;
export type HostEntry = z.output<typeof hostSchema>;

/** Reads the journal of the last deployment; undefined where there was none. Fails with `input-unreadable`. */
export async function readDeployment({
  journal,
}: DeploymentPlaces): Promise<DeploymentJournal | undefined> {
  const bytes = await readBytesIfThere(journal);
  if (bytes === undefined) return undefined;
  try {
    return journalSchema.parse(parseJson(bytes));
  } catch (error) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the journal of the last deployment',
      subject: journal,
      found: reasonOf(error),
      hint: 'Look at the hosts with --status. Then remove the file, and run the command again.',
    });
  }
}

/** The journal while a deployment runs: each change is on disk before the work goes on. */
export class DeploymentLog {
  #journal: DeploymentJournal;
  readonly #places: DeploymentPlaces;
  #written: Promise<void> = Promise.resolve();

  constructor(places: DeploymentPlaces, journal: DeploymentJournal) {
    this.#places = places;
    this.#journal = journal;
  }

  get journal(): DeploymentJournal {
    return this.#journal;
  }

  setState(state: DeploymentJournal['state']): Promise<void> {
    return this.#write({ ...this.#journal, state });
  }

  setHost(name: string, entry: HostEntry): Promise<void> {
    return this.#write({ ...this.#journal, hosts: { ...this.#journal.hosts, [name]: entry } });
  }

  /** Hosts change at the same time, and a file has one writer. */
  #write(journal: DeploymentJournal): Promise<void> {
    this.#journal = journal;
    this.#written = this.#written.then(async () => {
      try {
        await replaceFile(
          this.#places.journal,
          `${JSON.stringify(this.#journal, null, 1)}\n`,
          0o600,
        );
      } catch (error) {
        throw ioError(
          error,
          'writing the journal of the deployment',
          this.#places.journal,
          'state-unwritable',
        );
      }
    });
    return this.#written;
  }
}

/** Starts the journal of a deployment. */
export function newDeployment(
  id: string,
  digest: Digest,
  release: string,
  now: Date,
): DeploymentJournal {
  const began = now.toISOString();
  return {
    kind: 'bundle-deployment',
    schemaVersion: 1,
    id,
    digest,
    release,
    state: 'going',
    began,
    hosts: {},
  };
}
