import type { TrustedKey } from './allowed-signers.ts';
import { matchesPatternList } from './pattern-list.ts';
import { isSupported } from './public-key.ts';
import { isMadeOver, readSignature, type Signature, signatureNamespace } from './signature.ts';
import { readArmored } from './signature-file.ts';
import { MalformedError } from './wire.ts';

/** The result of checking one signature. */
export type Verdict =
  /** Valid, and made by a key that is trusted for this. */
  | 'trusted'
  /** Valid, but not compared with a list of trusted keys, because none was given. */
  | 'unchecked'
  /** Not made by the key over these bytes. */
  | 'wrong'
  /** In Sigstore's form and not checked: that takes the key, and no list of keys was given. */
  | 'needs-key'
  /** Made for something other than a bundle. */
  | 'other-purpose'
  | 'unsupported'
  | 'revoked'
  | 'unknown'
  /** The key is trusted for other purposes or other principals only. */
  | 'not-for-this'
  | 'not-yet-valid'
  | 'expired';

export interface JudgedSignature {
  /** Key type, such as `ssh-ed25519`; `Sigstore` where the key is not known. */
  readonly type: string;
  /** Absent for a signature in Sigstore's form by an unknown key. */
  readonly fingerprint?: string;
  readonly verdict: Verdict;
  /** The principals that the key is trusted for, if it is trusted. */
  readonly principals?: string;
}

export interface Judgement {
  readonly signatures: readonly JudgedSignature[];
  /** Number of signers with a trusted signature; keys with the same principals count once. */
  readonly signers: number;
  /** Why the file is not a list of signatures. */
  readonly malformed?: string;
}

export interface TrustRules {
  /** If absent, signatures are checked, but not who made them. */
  readonly trusted?: readonly TrustedKey[];
  /** Fingerprints. */
  readonly revoked?: ReadonlySet<string>;
  /** Accept only keys that may sign for this principal. */
  readonly principal?: string;
  /** The current time, used only for the lifetimes of keys. */
  readonly now: Date;
  readonly namespace?: string;
}

/** Judges every signature in signature files over `message`, the exact bytes of bundle.json. Never throws. */
export function judgeSignatures(
  message: Buffer,
  texts: readonly string[],
  rules: TrustRules,
): Judgement {
  let signatures: Signature[];
  try {
    signatures = texts.flatMap(readArmored).map(readSignature);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { signatures: [], signers: 0, malformed: error.message };
  }
  return judgementOf(signatures.map((signature) => judgeOne(message, signature, rules)));
}

/** Counts the signers of judged signatures. */
export function judgementOf(signatures: readonly JudgedSignature[]): Judgement {
  const signers = new Set(
    signatures.flatMap(({ verdict, principals }) => (verdict === 'trusted' ? [principals] : [])),
  );
  return { signatures, signers: signers.size };
}

/** Joins what was judged in two forms: a signer of both counts once. */
export function joinJudgements(one: Judgement, other: Judgement): Judgement {
  const malformed = one.malformed ?? other.malformed;
  if (malformed !== undefined) return { signatures: [], signers: 0, malformed };
  return judgementOf([...one.signatures, ...other.signatures]);
}

function judgeOne(message: Buffer, signature: Signature, rules: TrustRules): JudgedSignature {
  const { type, fingerprint } = signature.key;
  const namespace = rules.namespace ?? signatureNamespace;
  const is = (verdict: Verdict): JudgedSignature => ({ type, fingerprint, verdict });
  if (!isSupported(signature.key)) return is('unsupported');
  if (signature.namespace !== namespace) return is('other-purpose');
  if (!isMadeOver(signature, message, namespace)) return is('wrong');
  if (rules.revoked?.has(fingerprint) === true) return is('revoked');
  if (rules.trusted === undefined) return is('unchecked');
  return { type, fingerprint, ...judgeLines(fingerprint, namespace, rules) };
}

/**
 * Judges the lines of the list that name a key. `namespace`: the purpose that the signature gives; absent where it gives
 * none.
 */
export function judgeLines(
  fingerprint: string,
  namespace: string | undefined,
  rules: TrustRules,
): Pick<JudgedSignature, 'verdict' | 'principals'> {
  const lines = rules.trusted?.filter(({ key }) => key.fingerprint === fingerprint) ?? [];
  const found = lines.map((line) => ({ line, verdict: judgeLine(line, namespace, rules) }));
  const best = found.find(({ verdict }) => verdict === 'trusted') ?? found[0];
  if (best === undefined) return { verdict: 'unknown' };
  return { verdict: best.verdict, principals: best.line.principals };
}

function judgeLine(
  line: TrustedKey,
  namespace: string | undefined,
  { principal, now }: TrustRules,
): Verdict {
  const { principals, namespaces, validAfter, validBefore } = line;
  const isFor = (list: string): boolean =>
    namespace !== undefined && matchesPatternList(namespace, list);
  if (namespaces !== undefined && !isFor(namespaces)) return 'not-for-this';
  if (principal !== undefined && !matchesPatternList(principal, principals)) return 'not-for-this';
  if (validAfter !== undefined && now < validAfter) return 'not-yet-valid';
  if (validBefore !== undefined && now > validBefore) return 'expired';
  return 'trusted';
}
