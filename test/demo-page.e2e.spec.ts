import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser, watchPage } from './support/browser';
import { newPhone } from './support/journey';
import { largePicture } from './support/pictures';
import { S3Bucket } from './support/s3-bucket';
import { describeS3, S3_START_MS } from './support/s3-server';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';
import { type RunningApp, startApp, WIDE } from './support/start-app';

/** A folder for pictures of what a visitor sees; none are taken without it. */
const PICTURES = process.env.GATECODE_SCREENSHOTS;

/** A browser or an application, on a busy machine. */
const START_MS = 60_000;
const PICTURE_BYTES = 900_000;
const LIMITS = { ...WIDE, AVATAR_MAX_BYTES: '1000000' };
const TOO_LARGE = Buffer.alloc(1_000_001, 1);
const NO_PICTURE = Buffer.from('<!doctype html><script>alert(1)</script>');
/** Slow enough for progress to be seen. */
const UPLOAD_BYTES_PER_SECOND = 1_500_000;

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1200, height: 800 } };

describeInBrowser('The page to try it', () => {
  let browser: Browser;
  let app: RunningApp;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  }, START_MS);
  afterAll(() => browser?.close());
  afterEach(() => expect(complaints).toEqual([]));

  /** @param host by which the visitor calls this machine */
  async function visit(options: BrowserContextOptions, origins: readonly string[], host = '127.0.0.1') {
    const context = await browser.newContext(options);
    page = await context.newPage();
    const url = app.url.replace('127.0.0.1', host);
    complaints = watchPage(page, url, ...origins);
    await page.goto(`${url}/demo`);
  }

  async function leave(): Promise<void> {
    await page?.context().close();
    await app?.stop();
  }

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const said = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const problem = async (text: string | RegExp) => {
    await page.getByRole('alert').filter({ hasText: text }).waitFor();
  };
  const choose = (name: string, mimeType: string, buffer: Buffer) =>
    page.locator('#file').setInputFiles({ name, mimeType, buffer });

  /** As a person does: the code is read, and filled in by the button beside it. */
  async function signIn(words: { send: string; fill: string; enter: string }): Promise<void> {
    await page.locator('#phone').fill(newPhone());
    await press(words.send);
    await press(words.fill);
    expect(await page.locator('#code').inputValue()).toMatch(/^\d{6}$/);
    await press(words.enter);
  }

  /** Uploads over a slow line, and looks at the bar. @returns what it showed */
  async function upload(button: string): Promise<number[]> {
    const devtools = await page.context().newCDPSession(page);
    const line = { offline: false, latency: 0, downloadThroughput: -1 };
    await devtools.send('Network.emulateNetworkConditions', {
      ...line,
      uploadThroughput: UPLOAD_BYTES_PER_SECOND,
    });
    await page.evaluate(`
      globalThis.seen = [];
      new MutationObserver(() => seen.push(document.getElementById('progress').value))
        .observe(document.getElementById('progress'), { attributes: true });`);
    await choose('me.png', 'image/png', await largePicture(PICTURE_BYTES));
    await press(button);
    await page.locator('#avatar').waitFor();
    await devtools.send('Network.emulateNetworkConditions', { ...line, uploadThroughput: -1 });
    return page.evaluate('seen');
  }

  /** @returns origins of the pictures that are on the page, all of which show something */
  async function shownFrom(): Promise<string[]> {
    await page.waitForFunction(
      `[...document.images].filter(({ hidden }) => !hidden).every(({ complete, naturalWidth }) => complete && naturalWidth > 0)`,
    );
    const shown: { src: string; width: number }[] = await page.evaluate(
      `[...document.images].map(({ src, naturalWidth }) => ({ src, width: naturalWidth }))`,
    );
    expect(shown.map(({ width }) => width)).toEqual([512, 512, 256, 64, 512]);
    return [...new Set(shown.map(({ src }) => new URL(src).origin))];
  }

  async function takePicture(name: string): Promise<void> {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `demo-${name}.png`), fullPage: true });
  }

  const ENGLISH = { send: 'Send a code', fill: 'Fill it in', enter: 'Sign in' };
  const CHINESE = { send: '获取验证码', fill: '填入', enter: '登录' };

  describe('with the local disk', () => {
    beforeAll(async () => {
      app = await startApp({ ...LIMITS, CAPTCHA_MODE: 'always' });
      // By another name than the service gives itself: what is uploaded goes to another origin.
      await visit({ ...DESK, locale: 'en-GB' }, [app.url], 'localhost');
    }, START_MS);
    afterAll(leave);

    it('leads from a number to an avatar, by a captcha that the page computes', async () => {
      await takePicture('welcome-en');
      await signIn(ENGLISH);
      await said('You are signed in.');
      const seen = await upload('Upload');
      await said('This is your avatar now.');
      expect(seen.some((part) => part > 0 && part < 1)).toBe(true);
      expect(seen.at(-1)).toBe(1);
      expect(await shownFrom()).toEqual([app.url]);
      await takePicture('avatar-en');
    });

    it('says why a file is refused', async () => {
      await choose('me.png', 'image/png', NO_PICTURE);
      await press('Upload');
      await problem(/The content of the file was rejected.*CONTENT_REJECTED/);
      await takePicture('problem-en');
      await choose('me.png', 'image/png', TOO_LARGE);
      await press('Upload');
      await problem(/The file is too large.*UPLOAD_TOO_LARGE/);
      await choose('me.txt', 'text/plain', Buffer.from('me'));
      await press('Upload');
      await problem('UPLOAD_TYPE_REFUSED');
      expect(await page.locator('#avatar').isVisible()).toBe(true);
    });

    it('takes the avatar away, signs out, and keeps nothing', async () => {
      await press('Take the picture away');
      await said('The picture was taken away.');
      expect(await page.getByRole('alert').innerText()).toBe('');
      expect(await page.locator('#avatar').isVisible()).toBe(false);
      await press('Sign out');
      await said('You are signed out.');
      const kept = 'localStorage.length + sessionStorage.length + document.cookie.length';
      expect(await page.evaluate(kept)).toBe(0);
    });

    it('can be used by the keyboard alone', async () => {
      await page.locator('#phone').fill('1');
      await page.keyboard.press('Enter');
      await problem('VALIDATION_FAILED');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(newPhone());
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Fill it in' }).waitFor();
      expect(await page.evaluate('document.activeElement.id')).toBe('code');
      await page.keyboard.type(await page.locator('#message-code').innerText());
      await page.keyboard.press('Enter');
      await said('You are signed in.');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.id')).toBe('file');
    });

    it('shows whoever was signed out how to get in again', async () => {
      const [call] = await Promise.all([
        page.waitForRequest('**/v1/uploads'),
        choose('me.txt', 'text/plain', Buffer.from('me')).then(() => press('Upload')),
      ]);
      await problem('UPLOAD_TYPE_REFUSED');
      const { authorization } = await call.allHeaders();
      await app.api.delete('/v1/sessions/current').set('Authorization', authorization).expect(204);
      await press('Upload');
      await problem('TOKEN_INVALID');
      await said('You were signed out.');
      expect(await page.locator('#phone').isVisible()).toBe(true);
    });
  });

  describe('with Qiniu', () => {
    let simulator: QiniuSimulator;

    beforeAll(async () => {
      simulator = await QiniuSimulator.start();
      app = await startApp({
        ...LIMITS,
        CAPTCHA_MODE: 'always',
        STORAGE_PROVIDER: 'qiniu',
        QINIU_ACCESS_KEY: QINIU_ACCOUNT.accessKey,
        QINIU_SECRET_KEY: QINIU_ACCOUNT.secretKey,
        QINIU_BUCKET: 'avatars',
        QINIU_DOMAIN: simulator.domain(),
        QINIU_UPLOAD_URL: simulator.url,
        QINIU_RS_URL: simulator.url,
        QINIU_RSF_URL: simulator.url,
      });
      await visit({ ...PHONE, locale: 'zh-CN' }, [simulator.url, simulator.domain()]);
      // As on a page that is neither of https nor of this machine.
      await page.addInitScript(`Object.defineProperty(crypto, 'subtle', { value: undefined })`);
      await page.reload();
    }, START_MS);
    afterAll(async () => {
      await leave();
      await simulator?.stop();
    });

    it('speaks Chinese, and uploads straight there', async () => {
      await takePicture('welcome-zh');
      await signIn(CHINESE);
      await said('已登录。');
      expect((await upload('上传')).some((part) => part > 0 && part < 1)).toBe(true);
      await said('头像已更新。');
      expect(await shownFrom()).toEqual([simulator.domain()]);
      expect(simulator.calls('form').filter(({ headers }) => headers.origin === app.url)).toHaveLength(1);
      await takePicture('avatar-zh');
    });

    it('is not misled by an answer of the store that says the upload failed', async () => {
      const before = await page.locator('#avatar').getAttribute('src');
      simulator.fault({ kind: 'status', on: 'form', status: 579, done: true });
      await choose('me.png', 'image/png', await largePicture(1_000));
      await press('上传');
      await said('头像已更新。');
      expect(await page.locator('#avatar').getAttribute('src')).not.toBe(before);
    });

    it('says what the store refuses, and what the service does', async () => {
      await choose('me.png', 'image/png', NO_PICTURE);
      await press('上传');
      await problem(/存储拒绝了该文件\s*limited mime type\s*HTTP 403/);
      await takePicture('problem-zh');
      await choose('me.png', 'image/png', TOO_LARGE);
      await press('上传');
      await problem(/文件过大.*UPLOAD_TOO_LARGE/);
      expect(simulator.complaints).toEqual([]);
    });

    it('speaks English to who asks for it, and fits a phone', async () => {
      await press('English');
      expect(await page.evaluate('document.documentElement.lang')).toBe('en');
      await press('Sign out');
      await said('You are signed out.');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    });
  });

  describeS3('with S3, on Fastify', () => {
    let bucket: S3Bucket;

    beforeAll(async () => {
      bucket = await S3Bucket.open();
      app = await startApp({
        ...LIMITS,
        HTTP_ADAPTER: 'fastify',
        STORAGE_PROVIDER: 's3',
        S3_ENDPOINT: bucket.server.endpoint,
        S3_REGION: 'us-east-1',
        S3_BUCKET: bucket.name,
        S3_ACCESS_KEY_ID: bucket.server.accessKeyId,
        S3_SECRET_ACCESS_KEY: bucket.server.secretAccessKey,
      });
      await visit({ ...DESK, locale: 'en-GB', colorScheme: 'dark' }, [bucket.server.endpoint]);
    }, S3_START_MS);
    afterAll(async () => {
      await leave();
      await bucket?.close();
    });

    it('says that the bucket lets no page upload', async () => {
      await signIn(ENGLISH);
      await choose('me.png', 'image/png', await largePicture(1_000));
      await press('Upload');
      await problem(`${bucket.server.endpoint} can not be reached from this page.`);
      // What the browser itself says of it.
      expect(complaints.splice(0).join()).toContain('blocked by CORS policy');
    });

    it('uploads straight there once it does', async () => {
      const rule = {
        AllowedOrigins: [app.url],
        AllowedMethods: ['POST', 'GET', 'HEAD'],
        AllowedHeaders: ['*'],
      };
      const CORSConfiguration = { CORSRules: [rule] };
      await bucket.client.send(new PutBucketCorsCommand({ Bucket: bucket.name, CORSConfiguration }));
      expect((await upload('Upload')).some((part) => part > 0 && part < 1)).toBe(true);
      await said('This is your avatar now.');
      expect(await shownFrom()).toEqual([bucket.server.endpoint]);
      await takePicture('avatar-dark');
    });

    it('says why a file is refused', async () => {
      await choose('me.png', 'image/png', NO_PICTURE);
      await press('Upload');
      await problem(/The content of the file was rejected.*CONTENT_REJECTED/);
      await choose('me.png', 'image/png', TOO_LARGE);
      await press('Upload');
      await problem(/The file is too large.*UPLOAD_TOO_LARGE/);
    });
  });
});
