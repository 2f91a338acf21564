import { StorageError, type StorageFault } from '../../storage.error';

const FAULTS: Readonly<Record<string, StorageFault>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied',
  ENOENT: 'misconfigured',
  ENOTDIR: 'misconfigured',
};

/** The system's own name of an error: `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Nothing lies at a path. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** @param doing what was tried: `writing` */
export function storageError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const code = codeOf(error);
  const fault = (code !== undefined && FAULTS[code]) || 'unavailable';
  return new StorageError(fault, `${doing}: ${code ?? 'failed'}`, { cause: error });
}
