import type { Variables } from './check-configuration';
import type { Finding } from './finding';

const SECRET = /(_KEY|_SECRET|_TOKEN|_SID|_ID|_CLIENTS|_PHONES|_NUMBERS)$/;
/** Shorter values are words and numbers that texts hold anyway. */
const SHORTEST = 8;

/** The last door: whatever a store or a gateway said, no secret of the environment leaves in a line. */
export function hideSecrets(findings: readonly Finding[], variables: Variables): Finding[] {
  const secrets = secretsOf(variables);
  const hide = (text: string) => secrets.reduce((safe, secret) => safe.replaceAll(secret, '***'), text);
  return findings.map(({ detail, remedy, ...rest }) => ({
    ...rest,
    detail: hide(detail),
    ...(remedy !== undefined && { remedy: hide(remedy) }),
  }));
}

function secretsOf(variables: Variables): string[] {
  const values = Object.entries(variables).flatMap(([name, value = '']) => {
    if (/^(DATABASE|REDIS)_URL$/.test(name)) return passwordsOf(value);
    return SECRET.test(name) && !/TEMPLATE/.test(name) ? [value] : [];
  });
  return values.filter((value) => value.length >= SHORTEST);
}

function passwordsOf(urls: string): string[] {
  const passwords = urls.split(',').flatMap((url) => (URL.canParse(url) ? [new URL(url).password] : []));
  return [...passwords, ...passwords.map(safeDecode)];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
