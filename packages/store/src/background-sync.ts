/** Syncs a file to its disk while it is still being written, so that little is left for the end. */
export interface BackgroundSync {
  /** Starts a sync, or schedules another one if a sync is in progress. Does nothing once one has failed. */
  request(): void;
  /** Fails with the error of a sync that has failed, so that nothing more is written for nothing. */
  check(): void;
  /** Waits for the syncs and fails with the error of any of them, because the system reports an error only once. */
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
  const check = (): void => {
    if (failed !== undefined) throw failed.error;
  };
  return {
    request() {
      // A second sync of the same file may report success for bytes that are lost.
      if (failed !== undefined) return;
      again = true;
      under ??= work();
    },
    check,
    async end() {
      await under;
      check();
    },
  };
}
