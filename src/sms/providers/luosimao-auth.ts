/**
 * `Authorization` of Luosimao: HTTP Basic, user `api`, password `key-` and the key.
 * A key that was configured with its prefix keeps it, as in the vendor's PHP, Ruby and Python SDKs.
 */
export function luosimaoAuthorization(apiKey: string): string {
  const password = apiKey.startsWith('key-') ? apiKey : `key-${apiKey}`;
  return `Basic ${Buffer.from(`api:${password}`, 'utf8').toString('base64')}`;
}
