import { basename, resolve } from 'node:path';
import { BundleError } from '@bundle/format';
import {
  distrustKeys,
  type HostTrust,
  readHostTrust,
  readKeys,
  rememberTime,
  requireSigners,
  revokeKey,
  trustKey,
  trustPlacesOf,
} from '@bundle/host';
import { type NamedKey, parseKeyFile } from '@bundle/trust';
import type { Context, Outcome } from '../../outcome.ts';
import { stateFolder } from '../../shared/folders.ts';
import { count } from '../../shared/render/words.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import type { TrustAction, TrustOptions } from './definition.ts';
import { requirementText, trustText } from './render.ts';

interface Request {
  readonly context: Context;
  readonly stateDir: string;
  readonly value: string;
  readonly name: string | undefined;
}

/** Runs `bundle trust`: shows or changes whose bundles this host accepts. */
export async function runTrust(
  context: Context,
  action: TrustAction,
  value: string | undefined,
  { name, stateDir: chosen }: TrustOptions,
): Promise<Outcome> {
  const stateDir = stateFolder(chosen, context);
  const isAlone = action === 'list' || action === 'clock';
  if (isAlone !== (value === undefined)) {
    const expected = isAlone ? `nothing after ${action}` : (wanted[action] ?? 'a value');
    throw usageError(`trust ${action}`, expected, value ?? 'nothing', 'See `bundle trust --help`.');
  }
  return runners[action]({ context, stateDir, value: value ?? '', name });
}

const wanted: Readonly<Partial<Record<TrustAction, string>>> = {
  add: 'a public key file',
  remove: 'a public key file, a fingerprint or a name',
  revoke: 'a public key file, a fingerprint or a name',
  require: 'a number of signers from 1 to 99, or off',
};

const runners: Readonly<Record<TrustAction, (request: Request) => Promise<Outcome>>> = {
  list: async ({ context, stateDir }) => {
    const trust = await readHostTrust(stateDir);
    return {
      json: trustJson(trust),
      text: trustText(trust, trustPlacesOf(stateDir), context.colours),
    };
  },

  add: async ({ context, stateDir, value, name }) => {
    const key = await readKeyFile(value, context);
    const principal = name ?? nameOf(key, value);
    const { fingerprint } = key.key;
    const question = t`Trust ${principal}: ${fingerprint}? Compare it with what the signer told you`;
    if (context.ask !== undefined && !(await context.ask(question)))
      return { json: { added: false }, text: 'Nothing was changed.' };
    const added = await trustKey(stateDir, key, principal);
    const { required } = await readHostTrust(stateDir);
    const text = `${context.colours.green(added ? t`Trusted` : t`Already trusted`)}: ${principal}, ${fingerprint}\n${requirementText(required)}`;
    return { json: { added, principal, fingerprint, required }, text };
  },

  remove: async ({ context, stateDir, value }) => {
    const { fingerprint = value } = await findKey(value, stateDir, context);
    const removed = await distrustKeys(stateDir, fingerprint);
    if (removed.length === 0) throw unknownKey(value, stateDir);
    const { required } = await readHostTrust(stateDir);
    const text = `${context.colours.green(t`Removed`)} ${count(removed.length, 'key')}: ${removed.join(', ')}\n${requirementText(required)}`;
    return { json: { removed, required }, text };
  },

  revoke: async ({ context, stateDir, value }) => {
    const { keys } = await findKey(value, stateDir, context);
    if (keys.length === 0) throw unknownKey(value, stateDir);
    for (const key of keys) await revokeKey(stateDir, key);
    const revoked = keys.map(({ fingerprint }) => fingerprint);
    return {
      json: { revoked },
      text: `${context.colours.green(t`Revoked`)} ${revoked.join(', ')}`,
    };
  },

  require: async ({ stateDir, value }) => {
    const signers = value === 'off' ? 0 : /^[1-9]\d?$/.test(value) ? Number(value) : undefined;
    const { trusted = [] } = await readHostTrust(stateDir);
    const most = new Set(trusted.map(({ principals }) => principals)).size;
    if (signers === undefined || signers > most) {
      const expected = `${wanted.require}; this host trusts ${count(most, 'signer')}`;
      throw usageError(
        'trust require',
        expected,
        value,
        'Trust their keys first: `bundle trust add`.',
      );
    }
    await requireSigners(stateDir, signers);
    return { json: { required: signers }, text: requirementText(signers) };
  },

  clock: async ({ stateDir }) => {
    const now = new Date();
    await rememberTime(stateDir, now);
    return {
      json: { now },
      text: t`Lifetimes of keys are compared with ${now.toISOString()} and later.`,
    };
  },
};

function trustJson({ trusted = [], revoked, required, now }: HostTrust): object {
  const keys = trusted.map(({ key, ...rest }) => {
    const { type, fingerprint } = key;
    return { type, fingerprint, ...rest, revoked: revoked.has(fingerprint) };
  });
  return { required, keys, revoked: [...revoked], now };
}

async function readKeyFile(value: string, { cwd }: Context): Promise<NamedKey> {
  const text = await readKeys(resolve(cwd, value));
  if (text !== undefined) return parseKeyFile(text, value);
  throw new BundleError('input-unreadable', {
    operation: 'reading',
    subject: value,
    expected: 'a public key file',
    found: 'nothing there',
    hint: 'Give the file ending in .pub.',
  });
}

/** Returns a name that can be typed: the comment of the key, or else the name of its file. */
function nameOf({ comment }: NamedKey, file: string): string {
  const isName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/.test(text);
  const ofFile = basename(file).replace(/\.pub$/, '');
  const name = [comment, ofFile].find(isName);
  if (name !== undefined) return name;
  throw usageError('trust add', 'a name for the signer', 'a key without one', 'Give --name.');
}

/** Finds the keys meant by a file, a fingerprint or a name. */
async function findKey(
  value: string,
  stateDir: string,
  { cwd }: Context,
): Promise<{
  readonly fingerprint?: string;
  readonly keys: readonly { readonly fingerprint: string; readonly line: string }[];
}> {
  const text = await readKeys(resolve(cwd, value));
  if (text !== undefined) {
    const { key, line } = parseKeyFile(text, value);
    return { fingerprint: key.fingerprint, keys: [{ fingerprint: key.fingerprint, line }] };
  }
  const { trusted = [] } = await readHostTrust(stateDir);
  const matching = trusted.filter(
    ({ key, principals }) => key.fingerprint === value || principals === value,
  );
  const keys = matching.map(({ key: { type, blob, fingerprint } }) => {
    return { fingerprint, line: `${type} ${blob.toString('base64')}` };
  });
  return { keys };
}

function unknownKey(value: string, stateDir: string): BundleError {
  return new BundleError('signer-unknown', {
    operation: 'looking for the key in',
    subject: trustPlacesOf(stateDir).allowedSigners,
    expected: visible(value),
    found: 'no key with that fingerprint or name',
    hint: '`bundle trust list` shows the keys.',
  });
}
