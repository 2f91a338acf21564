// The SDK takes some 20 MiB and a third of a second: only who has an S3 store pays for it, with the first call.

export type ClientS3 = typeof import('@aws-sdk/client-s3');

let client: Promise<ClientS3> | undefined;

export function loadClientS3(): Promise<ClientS3> {
  return (client ??= import('@aws-sdk/client-s3'));
}

export async function loadPresignedPost(): Promise<
  typeof import('@aws-sdk/s3-presigned-post').createPresignedPost
> {
  return (await import('@aws-sdk/s3-presigned-post')).createPresignedPost;
}

export async function loadSignedUrl(): Promise<typeof import('@aws-sdk/s3-request-presigner').getSignedUrl> {
  return (await import('@aws-sdk/s3-request-presigner')).getSignedUrl;
}
