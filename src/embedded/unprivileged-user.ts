import { readFileSync, statSync } from 'node:fs';

/** What `spawn` takes to run a command as somebody else; empty means as ourselves. */
export interface RunAs {
  uid?: number;
  gid?: number;
}

/**
 * Whom PostgreSQL shall run as: it refuses to be root, so root lends it the owner of the existing data, or
 * else the system's `postgres` or `nobody`.
 * @param dataFolder where the data are or will be
 * @returns undefined when this process is root and there is nobody to become
 */
export function findPostgresUser(dataFolder: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return {};
  return ownerOf(dataFolder) ?? accountNamed('postgres') ?? accountNamed('nobody');
}

function ownerOf(folder: string): RunAs | undefined {
  const owner = statSync(folder, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : undefined;
}

function accountNamed(name: string): RunAs | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return Number(uid) > 0 ? { uid: Number(uid), gid: Number(gid) } : undefined;
  } catch {
    return undefined;
  }
}
