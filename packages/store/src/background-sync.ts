/** Writes a file back to its disk while more is written to it, so that little is left for the end. */
export interface BackgroundSync {
  /** Begins, unless it is under way already: then it is done once more. */
  request(): void;
  /** Fails with what any of them met: the system says so only once. */
  end(): Promise<void>;
}

export function backgroundSync(file: { sync(): Promise<void> }): BackgroundSync {
  let under: Promise<void> | undefined;
  let again = false;
  let failed: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    try {
      while (again) {
        again = false;
        await file.sync();
      }
    } catch (error) {
      failed = { error };
    }
    under = undefined;
  };
  return {
    request() {
      again = true;
      under ??= work();
    },
    async end() {
      await under;
      if (failed !== undefined) throw failed.error;
    },
  };
}
