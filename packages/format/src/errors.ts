import { types } from 'node:util';

/**
 * Every failure of a command: its code and the process exit code it maps to.
 * Exit codes are part of the public interface (docs/exit-codes.md); never renumber.
 */
export const exitCodes = {
  internal: 1,
  usage: 2,
  'compose-not-found': 10,
  'compose-invalid': 11,
  'spec-invalid': 12,
  'file-unsafe': 13,
  'private-key-found': 14,
  'secret-found': 15,
  'folder-invalid': 18,
  'checksum-mismatch': 19,
  'image-not-found': 20,
  'image-pull-failed': 21,
  'image-build-failed': 22,
  'engine-unreachable': 30,
  'engine-too-old': 31,
  'engine-failed': 32,
  'compose-plugin-missing': 33,
  'buildx-missing': 34,
  'rebuild-unavailable': 35,
  'rebuild-needs-network': 36,
  'image-changed': 37,
  'package-not-carried': 38,
  'output-exists': 40,
  'output-unwritable': 41,
  'no-space': 42,
  'state-unwritable': 43,
  busy: 44,
  'input-unreadable': 45,
  'address-unavailable': 46,
  'bundle-not-found': 50,
  'digest-mismatch': 51,
  'file-missing': 52,
  'size-mismatch': 53,
  'file-unlisted': 54,
  'archive-truncated': 55,
  'archive-invalid': 56,
  'manifest-invalid': 57,
  'schema-newer': 58,
  'platform-mismatch': 60,
  'load-mismatch': 61,
  'findings-present': 62,
  'start-failed': 63,
  'signature-missing': 64,
  'signature-invalid': 65,
  'signer-unknown': 66,
  'signer-revoked': 67,
  'signer-expired': 68,
  'trust-invalid': 69,
  'runtime-missing': 80,
  'base-missing': 70,
  'base-mismatch': 71,
  'inventory-invalid': 72,
  'part-missing': 73,
  'part-damaged': 74,
  'part-list-invalid': 75,
  'medium-failed': 76,
  'signing-failed': 78,
  'identity-mismatch': 79,
  'preflight-failed': 81,
  'service-unavailable': 82,
  'unit-foreign': 83,
  'settings-missing': 85,
  'project-foreign': 86,
  'release-unhealthy': 87,
  'release-not-found': 88,
  'config-check-failed': 89,
  'return-failed': 90,
  'services-down': 91,
  'backup-missing': 92,
  'port-taken': 93,
  'consent-missing': 94,
  'backup-damaged': 95,
  'bundle-older': 96,
  'bundle-replayed': 97,
  'channel-foreign': 98,
  'history-damaged': 99,
  'receipt-invalid': 100,
  'settings-sealed': 101,
  'volume-in-use': 102,
  'registry-unreachable': 110,
  'registry-denied': 111,
  'registry-failed': 112,
  'delta-invalid': 120,
  'base-damaged': 121,
  interrupted: 130,
  'hosts-invalid': 160,
  'host-unreachable': 161,
  'deploy-stopped': 162,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** Meaning of each code, for docs/exit-codes.md and the help. */
export const errorMeanings: Readonly<Record<ErrorCode, string>> = {
  internal: 'An unexpected failure: a bug in this program.',
  usage: 'The command line or an environment variable is not valid.',
  'compose-not-found': 'There is no Compose file at the expected place.',
  'compose-invalid': 'The Compose file, or a file that it includes, is not valid.',
  'spec-invalid': 'The bundle spec is not valid.',
  'file-unsafe': 'A file of the application cannot be packed safely.',
  'private-key-found': 'A mounted file holds a private key, and nobody agreed to pack it.',
  'secret-found': 'What would be packed contains a secret, and nobody allowed it by name.',
  'folder-invalid':
    'The folder to adopt has two files for one purpose, or a list that cannot be used.',
  'checksum-mismatch': 'A file of the folder to adopt differs from its checksum, or is missing.',
  'image-not-found': 'An image is not where it was looked for, and may not be pulled or built.',
  'image-pull-failed': 'The engine could not pull an image.',
  'image-build-failed': 'An image could not be built.',
  'engine-unreachable': 'The container engine does not answer.',
  'engine-too-old':
    'The container engine is older than the supported versions, or of another kind.',
  'engine-failed': 'The container engine answered with an error.',
  'compose-plugin-missing': 'The Compose plugin is needed and not installed.',
  'buildx-missing': 'The buildx plugin of docker is needed and not installed, or too old.',
  'rebuild-unavailable': 'The bundle or the engine lacks something that an offline rebuild needs.',
  'rebuild-needs-network':
    'A dependency step would have to run again, and that needs a network; nothing was built.',
  'package-not-carried':
    'A changed dependency step asks for a package that the bundle does not carry; nothing was built.',
  'image-changed': 'An image was built, pulled or removed while it was being exported.',
  'output-exists': 'Something already exists at the output path.',
  'output-unwritable': 'The bundle cannot be written to the output path.',
  'no-space': 'The disk is full.',
  'state-unwritable': 'The state folder cannot be written.',
  busy: 'Another run holds the state folder.',
  'input-unreadable': 'A file cannot be read.',
  'address-unavailable': 'The registry endpoint cannot listen at the address or port given.',
  'bundle-not-found': 'There is no bundle at the path given.',
  'digest-mismatch': 'A file of the bundle was changed or damaged.',
  'file-missing': 'A file that the bundle lists is not in it.',
  'size-mismatch': 'A file of the bundle is shorter or longer than listed.',
  'file-unlisted': 'The bundle holds a file that it does not list.',
  'archive-truncated': 'The single-file bundle was cut short.',
  'archive-invalid':
    'The bundle contains something that is not allowed: links, unsafe names, broken headers.',
  'manifest-invalid': 'bundle.json, or another of the bundle’s own documents, is not valid.',
  'schema-newer': 'The document has a newer format than this program can read.',
  'platform-mismatch': 'The bundle or an image is for another platform.',
  'load-mismatch': 'After loading, the images on the engine differ from those in the bundle.',
  'findings-present': 'The input has several different faults; each is listed.',
  'start-failed': 'The services could not be started.',
  'signature-missing': 'The bundle is not signed, or by fewer signers than required.',
  'signature-invalid': 'A signature was not made for this bundle, or cannot be read.',
  'signer-unknown': 'The bundle is signed by a key that is not trusted, or not for this purpose.',
  'signer-revoked': 'The bundle is signed by a key that was revoked.',
  'signer-expired': 'The bundle is signed by a key outside the period for which it is trusted.',
  'identity-mismatch': 'The bundle is not the one with the identity that was given.',
  'signing-failed': 'ssh-keygen could not sign or make a key, or the bundle changed meanwhile.',
  'trust-invalid': 'A list of trusted or revoked keys, or the policy of this host, cannot be read.',
  'runtime-missing': 'There is no executable of the command for the bundle’s platform.',
  'base-missing': 'The host lacks layers that an incremental bundle leaves out.',
  'base-damaged':
    'The engine does not have the bytes of an old layer that a delta needs; no image was changed.',
  'base-mismatch': 'The base bundle or the inventory is of another product.',
  'part-missing': 'A part of the split bundle is missing.',
  'part-damaged': 'A part of the split bundle is damaged, or belongs to a different bundle.',
  'part-list-invalid': 'The list of the bundle’s parts cannot be read.',
  'medium-failed': 'The medium was taken out, or failed, while the bundle was read.',
  'inventory-invalid': 'The inventory is damaged, or is not an inventory.',
  'preflight-failed': 'This host does not meet the bundle’s requirements; nothing was changed.',
  'settings-missing': 'A required setting has no value, or a value that is not allowed.',
  'project-foreign':
    'Containers of that Compose project, or the instance of that name, belong to something else.',
  'release-unhealthy': 'The release did not become healthy; the previous release runs again.',
  'release-not-found': 'There is no such application or release in the state folder.',
  'config-check-failed':
    'A configuration file of the release is missing or not valid; nothing was switched.',
  'return-failed':
    'The release did not become healthy, and the previous release does not run either.',
  'service-unavailable': 'This host has no service manager, or it rejected the unit.',
  'unit-foreign': 'A unit with that name already exists and belongs to something else.',
  'services-down': 'Services of the application are not running, or are not healthy.',
  'backup-missing': 'There is no copy of the volumes to restore.',
  'backup-damaged':
    'The copy of the volumes is damaged or incomplete; the volumes were not changed.',
  'volume-in-use':
    'A container of something else has a volume that is to be restored; the volumes were not changed.',
  'port-taken': 'A port that the release publishes is in use; nothing was switched.',
  'settings-sealed':
    'The file of settings cannot be opened: it is damaged, or was made for another key or passphrase.',
  'consent-missing':
    'The application requires access to this host that nobody has allowed; nothing was started.',
  'bundle-older': 'The bundle is older than one that this host has imported.',
  'bundle-replayed': 'The bundle was imported before, and another one has replaced it since.',
  'channel-foreign': 'The bundle is of another channel than the instance follows.',
  'history-damaged': 'The log of what was done on this host was changed or damaged.',
  'receipt-invalid': 'A receipt of a host is damaged, or is not a receipt.',
  'registry-unreachable': 'A registry does not answer, or the connection to it was cut repeatedly.',
  'registry-denied': 'A registry refused access, or its credentials could not be read.',
  'registry-failed': 'A registry answered with an error, or with something unexpected.',
  'delta-invalid': 'A delta is damaged, or does not make the layer that the bundle lists.',
  interrupted: 'The command was stopped by Ctrl-C or a signal.',
  'hosts-invalid': 'The file of hosts is not valid, or has something that cannot be followed.',
  'host-unreachable': 'A host cannot be reached by ssh, or the connection to it was lost.',
  'deploy-stopped': 'A host did not take the release; the hosts changed before were rolled back.',
};

export interface ErrorDetails {
  /** The operation as a clause: "reading bundle.json". */
  readonly operation: string;
  /** The object of the operation: a path, a reference, a digest. */
  readonly subject?: string;
  readonly expected?: string;
  readonly found?: string;
  /** What the user should do next. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The only error class shown to users. Its message is a single line; `details` has the parts. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(describe(details), { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

function describe({ operation, subject, expected, found }: ErrorDetails): string {
  const where = subject === undefined ? operation : `${operation} ${subject}`;
  const facts = [
    expected === undefined ? undefined : `expected ${expected}`,
    found === undefined ? undefined : `found ${found}`,
  ].filter((fact) => fact !== undefined);
  const text = facts.length === 0 ? where : `${where}: ${facts.join(', ')}`;
  return text.trim().replaceAll(/\s*\n\s*/g, '; ');
}

// isNativeError instead of instanceof: errors of Node.js itself may come from another realm.

/** Returns the text of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return types.isNativeError(thrown) ? thrown.message : String(thrown);
}

/** Returns the `code` of a Node.js system error (ENOENT, ENOSPC, …); undefined for other errors. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!types.isNativeError(thrown) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
