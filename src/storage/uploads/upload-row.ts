import type { Upload } from './upload';
import type { UploadRow } from './upload-statements';

export function uploadOf(row: UploadRow): Upload {
  return {
    id: row.id,
    ownerId: row.owner_id,
    purpose: row.purpose,
    store: row.store,
    rawKey: row.raw_key,
    contentType: row.content_type,
    maxBytes: row.max_bytes,
    received: row.received,
    size: row.size,
    etag: row.etag,
    state: row.state,
    reason: row.reason,
    lease: row.lease,
    attempts: row.attempts,
    expiresAt: row.expires_at,
  };
}
