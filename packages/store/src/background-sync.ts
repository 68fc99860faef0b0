/** Syncs a file to its disk while it is still being written, so that little is left for the end. */
export interface BackgroundSync {
  /** Starts a sync, or schedules another one if a sync is in progress. */
  request(): void;
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
