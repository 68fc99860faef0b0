import type { Signer } from '@bundle/format';
import { type Judgement, keyWords, verdictWords } from '@bundle/trust';
import { visible } from '../terminal/escape.ts';
import { t, translated } from '../text/text.ts';

/** Says who signed a bundle, a line for each signature: "signed by alice: ssh-ed25519 SHA256:…". */
export function signersText({ signatures, malformed }: Judgement): string {
  if (malformed !== undefined) return t`signature unreadable: ${visible(malformed)}`;
  if (signatures.length === 0) return t`not signed`;
  return signatures
    .map((signature) => {
      const { verdict, principals } = signature;
      const key = visible(keyWords(signature));
      if (verdict === 'needs-key') return `a Sigstore signature, ${verdictWords[verdict]}`;
      return verdict === 'trusted' && principals !== undefined
        ? t`signed by ${visible(principals)}: ${key}`
        : t`signed by ${key} (${translated(verdictWords[verdict])})`;
    })
    .join('\n');
}

/** Says who had signed a bundle when a host imported it. The text is not made visible yet. */
export function recordedSigners(signers: readonly Signer[] | undefined): string {
  if (signers === undefined) return '-';
  if (signers.length === 0) return t`nobody`;
  return signers
    .map(({ key, name, verdict }) => {
      if (verdict === 'trusted' && name !== undefined) return name;
      return verdict === 'unchecked' ? t`${key}, which was not checked` : `${key} (${verdict})`;
    })
    .join(', ');
}
