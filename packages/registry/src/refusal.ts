/** Error codes of distribution-spec v1.1, "Error Codes"; the last two are additions of Docker's registry. */
const statusOf = {
  BLOB_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
} as const;

/** A request that is answered with an error. */
export interface Refusal {
  readonly status: number;
  readonly code: keyof typeof statusOf;
  readonly message: string;
}

export function refuse(
  code: Refusal['code'],
  message: string,
  status: number = statusOf[code],
): Refusal {
  return { status, code, message };
}

/** Makes the body of an error in the form of the specification. */
export function refusalText({ code, message }: Refusal): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
