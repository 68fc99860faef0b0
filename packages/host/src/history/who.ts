import { userInfo } from 'node:os';
import { readTextIfThere } from '@bundle/files';
import { defined } from '@bundle/format';
import type { BeganEntry } from './entry.ts';

/** Returns who runs this command. Behind `sudo` the kernel still knows who logged in, where it keeps that. */
export async function whoRuns(): Promise<BeganEntry['by']> {
  const { uid, username } = ownUser();
  const text = await readTextIfThere('/proc/self/loginuid');
  const login = Number(text ?? Number.NaN);
  // The largest number stands for none.
  const isKnown = Number.isInteger(login) && login < 4_294_967_295 && login !== uid;
  return { user: username, uid, ...defined({ login: isKnown ? login : undefined }) };
}

function ownUser(): { uid: number; username: string } {
  try {
    return userInfo();
  } catch {
    // Containers often run as a number without a name.
    const uid = process.getuid?.() ?? -1;
    return { uid, username: `uid ${uid}` };
  }
}
