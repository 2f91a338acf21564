import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser, watchPage } from './support/browser';
import { type BuiltService, startBuiltService } from './support/built-service';
import { newPhone } from './support/journey';

/** A folder for pictures of what a visitor sees; none are taken without it. */
const PICTURES = process.env.GATECODE_SCREENSHOTS;

describeInBrowser('Exploring in Swagger UI', () => {
  let service: BuiltService;
  let browser: Browser;
  let context: BrowserContext;
  let docs: Page;
  let complaints: string[];

  beforeAll(async () => {
    service = await startBuiltService({ CAPTCHA_MODE: 'never', IP_HOURLY_LIMIT: '0' });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: service.url });
    docs = await context.newPage();
    complaints = watchPage(docs, service.url);
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('leads a newcomer from a phone number to a profile, with nothing but a browser', async () => {
    const phone = newPhone();

    await docs.goto(`${service.url}/docs`);
    await docs.getByText('Gatecode', { exact: false }).first().waitFor();
    await picture(docs, 'docs');

    const started = await tryOut('verifications', 'startVerification', { phone, purpose: 'login' });
    expect(started.status).toBe('202');
    const { verificationId } = JSON.parse(started.body) as { verificationId: string };
    await picture(docs, 'started');

    const code = await copyFromInbox(phone);
    expect(code).toMatch(/^\d{6}$/);

    const session = await tryOut('sessions', 'createSession', {
      grant: 'code',
      verificationId,
      code,
      createUser: true,
    });
    expect(session.status).toBe('201');
    const { accessToken } = JSON.parse(session.body) as { accessToken: string };

    const anonymous = await tryOut('users', 'getProfile');
    expect(anonymous.status).toBe('401');

    await authorize(accessToken);
    const profile = await tryOut('users', 'getProfile');
    expect(profile.status).toBe('200');
    expect(JSON.parse(profile.body)).toMatchObject({ phone });
    await picture(docs, 'profile');

    expect(complaints).toEqual([]);
  }, 60_000);

  it('keeps the authorisation over a reload, and offers bodies that can be sent', async () => {
    await docs.reload();
    const profile = await tryOut('users', 'getProfile');
    expect(profile.status).toBe('200');

    const operation = await open('sessions', 'createSession');
    const offered = await operation.locator('textarea.body-param__text').inputValue();
    expect(JSON.parse(offered)).toMatchObject({ grant: 'code' });
    expect(complaints).toEqual([]);
  }, 60_000);

  it('hands the document out as JSON and as YAML', async () => {
    const json = await fetch(`${service.url}/docs-json`);
    expect(json.headers.get('content-type')).toMatch(/^application\/json/);
    const document = (await json.json()) as { openapi: string; components: { schemas: object } };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.components.schemas)).toContain('UsersProfile');
    const yaml = await fetch(`${service.url}/docs-yaml`);
    expect(yaml.headers.get('content-type')).toMatch(/^text\/yaml/);
    expect(await yaml.text()).toMatch(/^openapi: 3\.1\.0$/m);
  });

  /** Fills in an operation's body, if it takes one, and executes it. */
  async function tryOut(tag: string, operationId: string, body?: object) {
    const operation = await open(tag, operationId);
    if (body) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body, null, 2));
    const [answer] = await Promise.all([
      docs.waitForResponse((response) => /\/v1\//.test(response.url())),
      operation.getByRole('button', { name: 'Execute' }).click(),
    ]);
    const live = operation.locator('.live-responses-table .response').first();
    await live.locator('.response-col_status', { hasText: String(answer.status()) }).waitFor();
    const shown = live.locator('.response-col_status');
    return { status: (await shown.innerText()).trim().slice(0, 3), body: await answer.text() };
  }

  async function open(tag: string, operationId: string): Promise<Locator> {
    const operation = docs.locator(`#operations-${tag}-${operationId}`);
    await operation.waitFor();
    const isOpen = ((await operation.getAttribute('class')) ?? '').includes('is-open');
    if (!isOpen) await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).waitFor();
    return operation;
  }

  /** Reads the code as a developer does: the inbox in another tab, and its Copy button. */
  async function copyFromInbox(phone: string): Promise<string> {
    const inbox = await context.newPage();
    const inboxComplaints = watchPage(inbox, service.url);
    await inbox.goto(`${service.url}/dev/inbox`);
    const message = inbox.locator('li', { hasText: phone }).first();
    await message.waitFor();
    await message.getByRole('button', { name: 'Copy' }).click();
    await message.getByRole('button', { name: 'Copied' }).waitFor();
    await picture(inbox, 'inbox');
    const copied: string = await inbox.evaluate('navigator.clipboard.readText()');
    expect(inboxComplaints).toEqual([]);
    await inbox.close();
    return copied;
  }

  async function authorize(accessToken: string): Promise<void> {
    await docs.locator('.scheme-container').getByRole('button', { name: 'Authorize' }).click();
    const dialog = docs.locator('.modal-ux');
    const bearer = dialog.locator('form').filter({ hasText: 'bearer (http' });
    await bearer.locator('input').fill(accessToken);
    await picture(docs, 'authorize');
    await bearer.getByRole('button', { name: 'Apply credentials' }).click();
    await bearer.getByRole('button', { name: 'Close' }).click();
  }
});

async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
