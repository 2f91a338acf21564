import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const chromiumPath = CANDIDATES.find((path) => existsSync(path));

/**
 * `describe` for specs that need a browser. Without one they are left out, and say so; in CI they fail, because
 * nobody would notice.
 */
export function describeInBrowser(name: string, body: () => void): void {
  if (chromiumPath) return describe(name, body);
  const advice = `no Chromium at ${CANDIDATES.join(', ')}: apt-get install chromium`;
  if (process.env.CI === 'true') {
    return describe(name, () => {
      it('has a browser', () => {
        throw new Error(advice);
      });
    });
  }
  console.warn(`"${name}" is left out: ${advice}`);
  describe.skip(name, body);
}

/** `GATECODE_WATCH=1` shows the browser, slowly enough for a person to follow. */
export function launchBrowser(): Promise<Browser> {
  const watched = !!process.env.GATECODE_WATCH;
  return chromium.launch({
    executablePath: chromiumPath,
    args: watched ? ARGUMENTS : ['--headless', ...ARGUMENTS],
    headless: !watched,
    slowMo: watched ? 400 : 0,
  });
}

/** What a page did that it should not have done: requests to elsewhere, errors on its console. */
export function watchPage(page: Page, ...origins: string[]): string[] {
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !origins.includes(new URL(request.url()).origin))
      complaints.push(`request to ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // Chromium logs every 4xx and 5xx answer as an error; those are what is being tried out.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded');
    if (message.type() === 'error' && !isAnswer) complaints.push(`console: ${message.text()}`);
  });
  return complaints;
}
