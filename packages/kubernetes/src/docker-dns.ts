/** Why a file or a value that names Docker's own DNS server does not work in a cluster. */
export const dockerDns =
  'it asks 127.0.0.11, which is the DNS of Docker: write that of the cluster, and whole names';

export function namesDockerDns(text: string): boolean {
  return /(?<![\d.])127\.0\.0\.11(?![\d.])/.test(text);
}
