import type { UploadDto } from './dto/upload.dto';
import type { Upload } from './upload';
import type { VariantUrl } from './uploads.service';

/** @param variants of one that is ready or in use */
export function viewOf(upload: Upload, variants: readonly VariantUrl[]): UploadDto {
  const { id, state, contentType, size, received, reason } = upload;
  return {
    uploadId: id,
    status: state,
    contentType,
    size,
    // Not every byte was worth a note.
    ...(received > 0 && { receivedBytes: size ?? received }),
    ...(reason !== null && { reason }),
    ...(variants.length > 0 && { url: variants[0].url, variants: [...variants] }),
  };
}
